import { readFileSync } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { runTool } from '../platform/run.ts';
import { deviceFolder, entries, type LinuxRoots, linuxRoots } from '../platform/sysfs.linux.ts';
import type { Captured, Gathered } from './captured.ts';

/** Attributes that the kernel fills with numbers. */
const numbers = [
  ...['idVendor', 'idProduct', 'bcdDevice', 'bDeviceClass', 'bDeviceSubClass', 'bDeviceProtocol', 'bNumInterfaces'],
  ...['bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol', 'bInterfaceNumber', 'bConfigurationValue'],
  ...['speed', 'authorized', 'size', 'start', 'ro', 'removable', 'hidden', 'partition', 'dev', 'diskseq', 'ext_range'],
  ...['queue/rotational', 'queue/logical_block_size', 'device/type'],
];
const texts = [
  ...[
    'manufacturer',
    'product',
    'serial',
    'uevent',
    'interface',
    'device/vendor',
    'device/model',
    'device/rev',
    'wwid',
  ],
  ...['device/wwid', 'device/serial', 'dm/name', 'dm/uuid', 'loop/backing_file', 'cid', 'csd', 'name', 'type', 'oemid'],
];
const udevEntries = /^(b\d+:\d+|c189:\d+|\+(usb|block|scsi|mmc):)/;
const tools: readonly (readonly [name: string, args: readonly string[], kind: Captured['kind']])[] = [
  ['lsblk', ['--json', '--bytes', '--output-all'], 'json'],
  ['lsusb', ['-v'], 'text'],
];

/** Devices, disks and mounts of a Linux, as /sys, /proc and udev tell them, and what two tools make of them. */
export async function gatherOnLinux(roots: LinuxRoots = linuxRoots): Promise<Gathered> {
  const gathered: Gathered = { captured: [], links: [], missing: [] };
  const { captured, links, missing } = gathered;

  function take(path: string, file: string, kind: Captured['kind']): void {
    try {
      captured.push({ path, content: readFileSync(file), kind });
    } catch (error) {
      const why = errorCode(error);
      if (why !== 'ENOENT' && why !== 'ENOTDIR' && why !== 'EISDIR') missing.push({ what: kindOfPath(path), why });
    }
  }

  /** @param link as `bus/usb/devices/1-4` */
  function device(link: string): string | undefined {
    const folder = deviceFolder(roots.sys, link);
    if (folder === undefined) return undefined;
    links.push([`sys/${link}`, `sys${folder}`]);
    attributes(folder);
    return folder;
  }
  function attributes(folder: string): void {
    for (const name of numbers) take(`sys${folder}/${name}`, `${roots.sys}${folder}/${name}`, 'numbers');
    for (const name of texts) take(`sys${folder}/${name}`, `${roots.sys}${folder}/${name}`, 'text');
  }

  for (const bus of ['usb', 'mmc']) {
    for (const name of entries(`${roots.sys}/bus/${bus}/devices`)) {
      const folder = device(`bus/${bus}/devices/${name}`);
      // Numbers of strings, never the strings themselves.
      if (folder && bus === 'usb') take(`sys${folder}/descriptors`, `${roots.sys}${folder}/descriptors`, 'whole');
    }
  }
  for (const name of entries(`${roots.sys}/block`)) {
    const folder = device(`block/${name}`);
    const parts = folder === undefined ? [] : entries(`${roots.sys}${folder}`).filter((part) => part.startsWith(name));
    for (const part of parts) attributes(`${folder}/${part}`);
  }
  take('proc/self/mountinfo', `${roots.proc}/self/mountinfo`, 'text');
  // Numbers, and names that the kernel gives.
  for (const file of ['partitions', 'filesystems']) take(`proc/${file}`, `${roots.proc}/${file}`, 'whole');
  for (const name of entries(`${roots.run}/udev/data`).filter((entry) => udevEntries.test(entry)))
    take(`run/udev/data/${name}`, `${roots.run}/udev/data/${name}`, 'text');
  for (const [name, args, kind] of tools) {
    const look = await runTool(name, args);
    if (look.ok) captured.push({ path: `tools/${name}`, content: look.seen, kind });
    else missing.push({ what: name, why: look.error.code });
  }
  return gathered;
}

/** Its last part, which is ours to say; what stands before it may be a name. */
function kindOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
