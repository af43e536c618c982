import { chmod, stat } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import type { LinuxRoots } from '../platform/sysfs.linux.ts';
import type { SystemFacts } from './facts.linux.ts';
import type { Kept } from './kept.linux.ts';
import { writeMarks } from './marks.linux.ts';
import { blockOf } from './needed.linux.ts';
import type { Action } from './plan.linux.ts';
import type { ToolName, Tools } from './tools.linux.ts';
import { announce } from './udev.linux.ts';
import type { Writer } from './writer.linux.ts';

/** The hands of enforcement, and what they remember of their own doing. */
export interface Hands {
  roots: LinuxRoots;
  tools: Tools;
  write: Writer;
  kept: Kept;
  /** Puts `kept` on the disk. @throws when that cannot be done */
  keep(): void;
  busy: Set<string>;
  ejected: Set<string>;
  detached: Set<string>;
}

/** Does one thing. @returns why it could not be done, in a machine word, or undefined. Never throws. */
export async function perform(action: Action, facts: SystemFacts, hands: Hands): Promise<string | undefined> {
  try {
    return await does[action.do](action as never, hands, facts);
  } catch (error) {
    return errorCode(error);
  }
}

type Doer<D extends Action['do']> = (
  action: Extract<Action, { do: D }>,
  hands: Hands,
  facts: SystemFacts,
) => Promise<string | undefined>;

const does: { [D in Action['do']]: Doer<D> } = {
  authorise,
  unauthorise: ({ port }, { roots, write }) => write(`${roots.sys}/bus/usb/devices/${port}/authorized`, '0'),
  'open-interfaces': openInterfaces,
  'close-interfaces': ({ names }, hands) => eachInterface(names, '0', hands),
  mark,
  'bind-card': ({ card }, { roots, write }) => write(`${roots.sys}/bus/mmc/drivers_probe`, card),
  'unbind-card': ({ card }, { roots, write }) => write(`${roots.sys}/bus/mmc/drivers/mmcblk/unbind`, card),
  unmount,
  remount,
  'read-only': setReadOnly,
  writable: setWritable,
  'close-node': closeNode,
  'open-node': ({ name }, hands) => openNode(name, hands),
  eject({ name, disc }, hands) {
    hands.ejected.add(disc);
    return use('eject', [nodeOf(name, hands)], hands);
  },
};

/** While a device that may do everything is let in, its bus lets the interfaces in that come with it. */
async function authorise({ port, interfaces }: Extract<Action, { do: 'authorise' }>, { roots, write }: Hands) {
  const folder = `${roots.sys}/bus/usb/devices`;
  const door = `${folder}/usb${port.split('-')[0]}/interface_authorized_default`;
  if (interfaces === 'closed') return write(`${folder}/${port}/authorized`, '1');
  await write(door, '1');
  try {
    return await write(`${folder}/${port}/authorized`, '1');
  } finally {
    await write(door, '0');
  }
}

/** All are let in before the first is given to its driver, because a driver may want several at once. */
async function openInterfaces({ names }: { names: string[] }, hands: Hands): Promise<string | undefined> {
  const fault = await eachInterface(names, '1', hands);
  for (const name of names) await hands.write(`${hands.roots.sys}/bus/usb/drivers_probe`, name);
  return fault;
}

async function eachInterface(names: readonly string[], value: string, { roots, write }: Hands) {
  let fault: string | undefined;
  for (const name of names) fault = (await write(`${roots.sys}/bus/usb/devices/${name}/authorized`, value)) ?? fault;
  return fault;
}

async function mark(
  { place, as, gives }: Extract<Action, { do: 'mark' }>,
  { roots, tools }: Hands,
  facts: SystemFacts,
) {
  writeMarks(roots.run, place, as);
  if (!gives) return undefined;
  const disks = [...facts.blocks.values()].filter(({ folder }) => folder.split('/').includes(place));
  for (const { name } of disks) await announce(`${roots.dev}/${name}`, roots, tools);
  return undefined;
}

/** In order first, so that nothing is lost; else out of sight, which leaves open files to the programs that have them. */
async function unmount({ mountPoint }: { mountPoint: string }, hands: Hands, facts: SystemFacts) {
  const inOrder = await use('umount', [mountPoint], hands);
  if (inOrder === undefined) return undefined;
  const mount = facts.mounts.find((one) => one.mountPoint === mountPoint);
  const block = mount && blockOf(mount, facts.blocks);
  if (block) hands.detached.add(block.name);
  return use('umount', ['--lazy', mountPoint], hands);
}

async function remount({ mountPoint, options }: Extract<Action, { do: 'remount' }>, hands: Hands) {
  const fault = await use('mount', ['-o', ['remount', ...options].join(','), mountPoint], hands);
  if (fault !== undefined && options.includes('ro')) hands.busy.add(mountPoint);
  else hands.busy.delete(mountPoint);
  return fault;
}

async function setReadOnly({ name }: { name: string }, hands: Hands): Promise<string | undefined> {
  if (!hands.kept.readOnly.includes(name)) {
    hands.kept.readOnly.push(name);
    hands.keep();
  }
  return use('blockdev', ['--setro', nodeOf(name, hands)], hands);
}

async function setWritable({ name }: { name: string }, hands: Hands): Promise<string | undefined> {
  const fault = await use('blockdev', ['--setrw', nodeOf(name, hands)], hands);
  hands.kept.readOnly = hands.kept.readOnly.filter((other) => other !== name);
  hands.keep();
  return fault;
}

async function closeNode({ name }: { name: string }, hands: Hands): Promise<undefined> {
  const node = nodeOf(name, hands);
  if (hands.kept.nodes[name] === undefined) {
    hands.kept.nodes[name] = ((await stat(node)).mode & 0o777).toString(8);
    hands.keep();
  }
  await chmod(node, 0);
}

export async function openNode(name: string, hands: Hands): Promise<undefined> {
  const mode = hands.kept.nodes[name];
  delete hands.kept.nodes[name];
  hands.keep();
  if (mode !== undefined) await chmod(nodeOf(name, hands), Number.parseInt(mode, 8));
}

export function nodeOf(name: string, { roots }: Pick<Hands, 'roots'>): string {
  return `${roots.dev}/${name.replaceAll('!', '/')}`;
}

export async function use(tool: ToolName, args: readonly string[], { tools }: Pick<Hands, 'tools'>) {
  const said = await tools.run(tool, args);
  return said.ok ? undefined : `${tool}: ${said.error.code}`;
}
