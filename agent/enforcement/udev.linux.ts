import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { attribute, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { runtimeFolder } from './marks.linux.ts';
import type { Tools } from './tools.linux.ts';

/** What the rule notes down of a disk it made read-only. */
const noted = 'PORTCULLIS_READ_ONLY';

const fileOf = (run: string) => `${run}/udev/rules.d/90-portcullis.rules`;

export function hasUdev(run: string): boolean {
  return existsSync(`${run}/udev/control`);
}

/**
 * Makes udev treat disks as their marks say, before it gives anybody the right to open them or tells the desktop.
 * @throws when the rules cannot be written
 */
export async function installRules({ run }: LinuxRoots, tools: Tools): Promise<void> {
  if (!hasUdev(run) || existsSync(fileOf(run))) return;
  mkdirSync(`${run}/udev/rules.d`, { recursive: true });
  writeFileSync(fileOf(run), udevRules(runtimeFolder(run), tools.blockdev));
  await tools.run('udevadm', ['control', '--reload']);
}

export async function removeRules({ run }: LinuxRoots, tools: Tools): Promise<void> {
  if (!existsSync(fileOf(run))) return;
  rmSync(fileOf(run), { force: true });
  await tools.run('udevadm', ['control', '--reload']);
}

/** Whether the rule met a block device without its mark, as udev has noted it down. @param device `8:17` */
export function wasMadeReadOnly(run: string, device: string): boolean {
  return (attribute(`${run}/udev/data/b${device}`) ?? '').includes(`E:${noted}=1`);
}

/** Lets udev, and with it the desktop, look at a disk again after its marks changed. */
export async function announce(node: string, { run }: LinuxRoots, tools: Tools): Promise<void> {
  if (hasUdev(run)) await tools.run('udevadm', ['trigger', '--action=change', `--name-match=${node}`]);
}

/**
 * PROGRAM and not RUN: it is carried out while the rules are read, which is before the node gets its permissions.
 * `$id` is the device that the line matched on the way up: `1-4`, `mmc0:4567`. Soldered flash says that it is MMC.
 */
export function udevRules(folder: string, blockdev: string): string {
  const places = ['SUBSYSTEMS=="usb", ATTRS{devnum}=="?*"', 'SUBSYSTEMS=="mmc", ATTRS{type}=="SD"'];
  const without = (mark: string, then: string) =>
    places.map((place) => `${place}, TEST!="${folder}/${mark}/$id", ${then}`);
  return [
    '# Written by portcullis-agent while it enforces a policy; removed when it stops.',
    'SUBSYSTEM!="block", GOTO="portcullis_end"',
    'ACTION=="remove", GOTO="portcullis_end"',
    ...without('writable', `ENV{${noted}}="1"`),
    `ENV{${noted}}=="1", PROGRAM="${blockdev} --setro $devnode"`,
    ...without('shown', 'ENV{UDISKS_IGNORE}="1", OWNER="root", GROUP="root", MODE="0600"'),
    ...without('executable', 'ENV{UDISKS_MOUNT_OPTIONS_DEFAULTS}="nosuid,nodev,noexec"'),
    'LABEL="portcullis_end"',
    '',
  ].join('\n');
}
