import { attachmentOf } from '../platform/attachment.linux.ts';
import type { BlockDevice } from '../platform/block.linux.ts';
import type { Mount } from '../platform/mounts.linux.ts';
import { type Access, accesses, type Ruled, type Wish } from './enforcement.ts';
import type { SystemFacts } from './facts.linux.ts';
import { hasNoDisk, isMassStorage } from './interfaces.ts';
import { type MarkName, markNames } from './marks.linux.ts';
import { blockOf } from './needed.linux.ts';
import type { Action, Circumstance, Plan } from './plan.linux.ts';

/** A block device of a device and what is wished of it. */
export interface Part {
  block: BlockDevice;
  wish: Wish;
}

type PartPlan = Omit<Plan, 'volumes'>;

const lingers = 'Programs that had files open on it keep these until they end.';

/** The whole disks of a device, as far as they have appeared. */
export function disksOf({ device }: Ruled, facts: Pick<SystemFacts, 'blocks'>): BlockDevice[] {
  if (device.bus === 'usb' && hasNoDisk(device.interfaces)) return [];
  const wholes = [...facts.blocks.values()].filter((block) => block.disk === undefined && !block.mapper);
  if (device.bus !== 'usb') return wholes.filter(({ name }) => name === device.port?.split(':')[0]);
  return wholes.filter((disk) => {
    const attachment = attachmentOf(disk);
    return attachment.by === 'usb' && attachment.port === device.port;
  });
}

/** Disks before partitions before what is made of them. A disk is left as much as the part that is left most. */
export function partsOf(ruled: Ruled, facts: Pick<SystemFacts, 'blocks'>): Part[] {
  const all = [...facts.blocks.values()];
  return disksOf(ruled, facts).flatMap((disk) => {
    const partitions = all.filter((block) => block.disk === disk.name);
    const above = stacked([disk, ...partitions], all);
    const inner = [...partitions, ...above].map((block) => ({ block, wish: wishFor(block, ruled) }));
    const own = ruled.volumes.get(disk.name);
    const wishes = [...(own ? [own] : []), ...inner.map(({ wish }) => wish)];
    return [{ block: disk, wish: wishes.length > 0 ? wishes.reduce(wider) : ruled.wish }, ...inner];
  });
}

/** A container is reached through what it lies in, so that each follows its own volume or else the device. */
function wishFor({ name }: BlockDevice, { volumes, wish }: Ruled): Wish {
  return volumes.get(name) ?? wish;
}

function stacked(below: readonly BlockDevice[], all: readonly BlockDevice[], depth = 0): BlockDevice[] {
  const names = new Set(below.map(({ name }) => name));
  const above = all.filter(({ slaves }) => slaves.some((name) => names.has(name)));
  return above.length === 0 || depth > 8 ? [] : [...above, ...stacked(above, all, depth + 1)];
}

const width = (access: Access) => accesses.indexOf(access);

function wider(one: Wish, other: Wish): Wish {
  return width(other.access) > width(one.access) ? other : one;
}

/** What udev may do with disks of a device. One volume that may be written makes the disk writable. */
export function marksFor({ wish }: Ruled): MarkName[] {
  if (!wish.connect || wish.access === 'refused' || wish.access === 'held') return [];
  return [
    ...(wish.access === 'full' ? (['writable'] as const) : []),
    'shown',
    ...(wish.execute ? (['executable'] as const) : []),
  ];
}

/** Disks, drives and images: read-only flag, mounts, and the node by which they are opened. */
export function planBlocks(ruled: Ruled, facts: SystemFacts, circumstance: Circumstance): Plan {
  const parts = partsOf(ruled, facts);
  if (parts.some(({ block }) => facts.needed.has(block.name))) return sparedDisk();
  const card = cardOf(ruled, facts);
  const cardPlan = card && planCard(card, ruled, facts);
  if (cardPlan) return cardPlan;
  const plans = parts.map((part) => [part.block.name, planPart(part, ruled, facts, circumstance)] as const);
  const waits = plans.flatMap(([, { waits: why }]) => why ?? [])[0];
  return {
    actions: [
      ...(card ? marking(card.name, ruled, facts) : []),
      ...plans.flatMap(([, { actions }]) => actions),
      ...ejecting(ruled, parts, circumstance),
    ],
    mechanisms: [...new Set(plans.flatMap(([, { mechanisms }]) => mechanisms))],
    ...(waits !== undefined && { waits }),
    ...note(ruled, parts),
    volumes: new Map(plans),
  };
}

function sparedDisk(): Plan {
  const spared = 'The running system or the agent itself lives on this disk.';
  return { actions: [], mechanisms: ['safety floor'], spared, volumes: new Map() };
}

function planPart(part: Part, ruled: Ruled, facts: SystemFacts, circumstance: Circumstance): PartPlan {
  const mounts = facts.mounts.filter((mount) => blockOf(mount, facts.blocks)?.name === part.block.name);
  const { access } = part.wish;
  if (access === 'refused' || access === 'held') return planClosed(part, mounts, ruled, facts);
  const isReadOnly = access === 'read-only';
  const limits = [...(isReadOnly ? ['ro'] : []), ...(part.wish.execute ? [] : ['noexec', 'nosuid', 'nodev'])];
  const remounts = mounts.flatMap((mount) => remount(mount, limits, circumstance));
  const missesNoexec = !part.wish.execute && mounts.length === 0;
  return {
    actions: [...node(part, true, facts), ...remounts, ...flag(part, isReadOnly, facts)],
    mechanisms: [
      ...(isReadOnly ? ['block device read-only'] : []),
      ...(part.wish.execute || mounts.length === 0 ? [] : ['mounted noexec']),
    ],
    ...(missesNoexec && isVolume(part, ruled) && { waits: 'Programs on it are stopped when it is mounted.' }),
    ...(isReadOnly && facts.lingering.has(part.block.name) && { waits: lingers }),
  };
}

/** Whether something can be mounted from it, as opposed to a disk whose partitions are. */
function isVolume({ block }: Part, { volumes }: Ruled): boolean {
  return volumes.has(block.name);
}

function planClosed(part: Part, mounts: readonly Mount[], ruled: Ruled, facts: SystemFacts): PartPlan {
  const unmounts = mounts
    .filter(({ mountPoint }) => !mountPoint.startsWith(`${facts.privateFolder}/`))
    .map(({ mountPoint }): Action => ({ do: 'unmount', mountPoint, gives: false }));
  const isHeld = part.wish.access === 'held';
  const isLingering = facts.lingering.has(part.block.name);
  return {
    actions: [...node(part, false, facts), ...unmounts, ...flag(part, true, facts)],
    mechanisms: ['unmounted, read-only, its node closed to all but root'],
    ...(isHeld && { waits: ruled.holds ?? 'It is being looked at before anybody may use it.' }),
    ...(isLingering && { waits: lingers }),
  };
}

function remount(mount: Mount, limits: readonly string[], { busy }: Circumstance): Action[] {
  // An image the program cannot write to shows so only in the state of the whole file system.
  const has = (option: string) => mount.options.includes(option) || (option === 'ro' && mount.readOnly);
  const missing = limits.filter((option) => !has(option));
  const isStuck = busy.has(mount.mountPoint);
  const options = isStuck ? missing.filter((option) => option !== 'ro') : missing;
  const { mountPoint } = mount;
  const cut: Action[] = isStuck && missing.includes('ro') ? [{ do: 'unmount', mountPoint, gives: false }] : [];
  return options.length > 0 && cut.length === 0 ? [{ do: 'remount', mountPoint, options, gives: false }] : cut;
}

/** The flag of a whole disk says nothing of its partitions: each has its own. */
function flag({ block }: Part, isReadOnly: boolean, { kept, madeReadOnly }: SystemFacts): Action[] {
  const isOurs = kept.readOnly.includes(block.name);
  if (isReadOnly) return block.readOnly && isOurs ? [] : [{ do: 'read-only', name: block.name, gives: false }];
  // What was read-only by itself stays so.
  return isOurs || madeReadOnly.has(block.name) ? [{ do: 'writable', name: block.name, gives: true }] : [];
}

function node({ block }: Part, isOpen: boolean, { closedNodes, kept }: SystemFacts): Action[] {
  const { name } = block;
  if (!isOpen) return closedNodes.has(name) ? [] : [{ do: 'close-node', name, gives: false }];
  const isOurs = kept.nodes[name] !== undefined;
  return isOurs ? [{ do: 'open-node', name, gives: true }] : [];
}

interface Card {
  name: string;
  bound: boolean;
}

function cardOf({ device }: Ruled, { cards }: SystemFacts): Card | undefined {
  const slot = device.bus === 'mmc' ? /^mmcblk(\d+)$/.exec(device.port ?? '')?.[1] : undefined;
  const [name, state] = [...cards].find(([card]) => card.startsWith(`mmc${slot}:`)) ?? [];
  return name !== undefined && state ? { name, ...state } : undefined;
}

/** A card that is refused gets no driver, and one without is given it when it is not. */
function planCard({ name, bound }: Card, ruled: Ruled, facts: SystemFacts): Plan | undefined {
  const marks = marking(name, ruled, facts);
  if (ruled.wish.connect && ruled.wish.access !== 'refused') {
    const actions: Action[] = [...marks, { do: 'bind-card', card: name, gives: true }];
    return bound ? undefined : { actions, mechanisms: ['memory card with its driver'], volumes: new Map() };
  }
  const unbind: Action[] = [...unmountAll(ruled, facts), { do: 'unbind-card', card: name, gives: false }];
  const actions = [...marks, ...(bound ? unbind : [])];
  return { actions, mechanisms: ['memory card without a driver'], volumes: new Map() };
}

export function unmountAll(ruled: Ruled, facts: SystemFacts): Action[] {
  const names = new Set(partsOf(ruled, facts).map(({ block }) => block.name));
  return facts.mounts
    .filter((mount) => names.has(blockOf(mount, facts.blocks)?.name ?? ''))
    .map(({ mountPoint }) => ({ do: 'unmount', mountPoint, gives: false }));
}

/** Marks tell udev what to do with disks at their first appearance; written before there is any. */
export function marking(place: string, ruled: Ruled, facts: Pick<SystemFacts, 'marks'>): Action[] {
  const { device } = ruled;
  if (device.bus === 'usb' && hasNoDisk(device.interfaces)) return [];
  const { marks } = facts;
  const hasDisk = device.bus === 'mmc' || device.interfaces.some(isMassStorage);
  const wanted = hasDisk ? marksFor(ruled) : [];
  const has = markNames.filter((name) => marks[name].has(place));
  const isSame = has.length === wanted.length && has.every((name) => wanted.includes(name));
  return isSame ? [] : [{ do: 'mark', place, as: wanted, gives: wanted.length > has.length }];
}

/** A refused disc comes out by itself: a drive of the computer cannot be taken away. */
function ejecting({ device, wish }: Ruled, parts: readonly Part[], { ejected }: Circumstance): Action[] {
  if (device.class !== 'optical' || device.bus === 'usb' || wish.access !== 'refused') return [];
  return parts
    .filter(({ block }) => block.sizeBytes > 0 && !ejected.has(discOf(block)))
    .map(({ block }) => ({ do: 'eject', name: block.name, disc: discOf(block), gives: false }));
}

function discOf({ name, sequence }: BlockDevice): string {
  return `${name}:${sequence ?? ''}`;
}

function note({ device, wish }: Ruled, parts: readonly Part[]): Pick<Plan, 'note'> {
  if (parts.length === 0 || wish.access === 'full') return {};
  if (device.class === 'optical' && wish.access === 'read-only') {
    return { note: 'A program that burns discs goes past the read-only flag.' };
  }
  return wish.access === 'refused' && device.bus !== 'usb' ? { note: 'Root can still open it.' } : {};
}
