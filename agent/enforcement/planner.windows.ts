import { type DeviceNode, disabledProblem, setupClasses } from '../platform/windows/device-tree.ts';
import type { Disk } from '../platform/windows/volumes.ts';
import type { Found } from '../watchers/removable-media/devices.windows.ts';
import type { Ruled, Wish } from './enforcement.ts';
import { isOnFloor } from './interfaces.ts';
import type { Leftover } from './outcome.ts';
import type { Action, Changed, Plan, PolicyStanding } from './plan.windows.ts';

/** How one device stands on Windows. */
export interface DeviceStanding {
  found: Found | undefined;
  disks: ReadonlyMap<string, Disk>;
  changed: Changed;
  /** It holds the system or the agent. */
  isNeeded: boolean;
  /** Of the keys that forbid writing to, and starting programs from, media of its kind. */
  denyWrite: PolicyStanding;
  denyExecute: PolicyStanding;
}

const disableNode = 'device disabled (CM_Disable_DevNode)';
const diskAttribute = 'disk read-only (IOCTL_DISK_SET_DISK_ATTRIBUTES)';
const policyKeys = 'policy keys of removable storage';
const holding = 'Windows cannot keep it from people while it is looked at; until then it may be read.';
const restart = 'Windows takes the policy up at its next start.';

/** Pure. Nothing is left to do exactly when the system is as wished, so that a plan is also the reading back. */
export function plan(ruled: Ruled, standing: DeviceStanding): Plan {
  const { found, isNeeded } = standing;
  const isDenied = ruled.wish.access !== 'full' || !ruled.wish.connect || !ruled.wish.execute;
  if (isDenied && found === undefined) {
    return same({ actions: [], mechanisms: [], waits: 'Windows does not show the device at this moment.' }, ruled);
  }
  if (isDenied && isNeeded) {
    return same({ actions: [], mechanisms: [], spared: 'The running system or the agent lies on it.' }, ruled);
  }
  return same(planDevice(ruled, standing), ruled);
}

function same(whole: Whole, { wish, volumes }: Ruled): Plan {
  const of = (one: Wish): Leftover => {
    if (isSameWish(one, wish)) return whole;
    return { ...whole, spared: 'Windows cannot treat the volumes of one device differently.' };
  };
  return { ...whole, volumes: new Map([...volumes].map(([name, one]) => [name, of(one)])) };
}

function isSameWish(one: Wish, other: Wish): boolean {
  return one.access === other.access && one.execute === other.execute && one.connect === other.connect;
}

type Whole = Omit<Plan, 'volumes'>;

function planDevice(ruled: Ruled, standing: DeviceStanding): Whole {
  const parts = standing.found?.parts ?? [];
  if (isRefused(ruled.wish, parts)) return planRefusal(parts, ruled.device.interfaces);
  return ruled.wish.access === 'full'
    ? planFull(ruled.wish, parts, standing)
    : planReadOnly(ruled.wish, parts, standing);
}

function planRefusal(parts: readonly DeviceNode[], interfaces: readonly string[]): Whole {
  const closable = parts.filter((part) => !isFloor(part, interfaces));
  if (closable.length === 0) return { actions: [], mechanisms: [], spared: spareReason(parts, interfaces) };
  const open = closable.filter(({ problem }) => problem !== disabledProblem);
  return {
    actions: open.map(({ id }): Action => ({ do: 'disable', id, gives: false })),
    mechanisms: [disableNode],
    ...(closable.length < parts.length && { note: 'Its keyboard, mouse, hub or smart-card reader goes on working.' }),
  };
}

function planFull(wish: Wish, parts: readonly DeviceNode[], standing: DeviceStanding): Whole {
  const { changed, disks } = standing;
  const writing = parts
    .filter(({ id }) => has(changed.readOnly, id) && disks.get(id.toUpperCase())?.readOnly !== false)
    .map(({ id }): Action => ({ do: 'writable', id, gives: true }));
  return { actions: [...enabling(parts, changed), ...writing], ...executing(wish, standing, []) };
}

function planReadOnly(wish: Wish, parts: readonly DeviceNode[], standing: DeviceStanding): Whole {
  const { found, changed, disks, denyWrite } = standing;
  const enable = enabling(parts, changed);
  // A volume keeps what it was mounted with until it is mounted anew.
  const isStillOpen = found?.volumes.some(({ content }) => content?.readOnly === false) ?? false;
  const isHeld = wish.access === 'held';
  if (denyWrite === 'in-force' && !isHeld) return { actions: enable, ...executing(wish, standing, [policyKeys]) };
  const open = parts.filter(isDisk).filter(({ id }) => disks.get(id.toUpperCase())?.readOnly !== true);
  const actions = [...enable, ...open.map(({ id }): Action => ({ do: 'read-only', id, gives: false }))];
  const byDisk = parts.length > 0 && parts.every(isDisk);
  const mechanisms = [...(byDisk ? [diskAttribute] : []), ...(denyWrite === 'absent' ? [] : [policyKeys])];
  if (isHeld) return { actions, mechanisms, waits: holding };
  if (actions.length === 0 && isStillOpen) return { actions, mechanisms, waits: waitsFor(byDisk, standing) };
  return { actions, ...executing(wish, standing, mechanisms) };
}

/** Only what the agent itself took out of use. */
function enabling(parts: readonly DeviceNode[], { disabled }: Changed): Action[] {
  return parts
    .filter(({ id, problem }) => problem === disabledProblem && has(disabled, id))
    .map(({ id }): Action => ({ do: 'enable', id, gives: true }));
}

function waitsFor(byDisk: boolean, { denyWrite }: DeviceStanding): string {
  if (byDisk) return 'The volume is read-only when it is mounted anew.';
  return denyWrite === 'written' ? restart : 'Windows has no way to make it read-only at once.';
}

/** Programs on it can only be stopped by the policy. */
function executing(
  wish: Wish,
  { denyExecute }: DeviceStanding,
  mechanisms: string[],
): { mechanisms: string[]; waits?: string } {
  if (wish.execute || denyExecute === 'in-force') {
    return { mechanisms: wish.execute ? mechanisms : [...new Set([...mechanisms, policyKeys])] };
  }
  const words = [...new Set([...mechanisms, policyKeys])];
  if (denyExecute === 'written') return { mechanisms: words, waits: restart };
  return { mechanisms, waits: 'The policy against starting programs is not written.' };
}

/** Only disks can be shown without being written to; of a thing that has none, less than all is nothing. */
function isRefused({ connect, access }: Wish, parts: readonly DeviceNode[]): boolean {
  if (!connect || access === 'refused') return true;
  return access !== 'full' && parts.some(({ classId }) => classId === setupClasses.portable);
}

function isDisk({ classId }: DeviceNode): boolean {
  return classId === setupClasses.disk;
}

/** What a person works with is never taken away. */
function isFloor({ classId, compatibleIds }: DeviceNode, interfaces: readonly string[]): boolean {
  if (classId === setupClasses.keyboard || classId === setupClasses.mouse) return true;
  const kinds = compatibleIds.flatMap((id) => /^USB\\Class_([0-9A-F]{2})/i.exec(id)?.[1]?.toLowerCase() ?? []);
  const own = kinds.length > 0 ? kinds.map((kind) => `${kind}:`) : interfaces;
  return own.length > 0 && own.every((triple) => triple.startsWith('03:') || isOnFloor(triple));
}

function spareReason(parts: readonly DeviceNode[], interfaces: readonly string[]): string {
  return parts.length > 0 && parts.every((part) => isFloor(part, interfaces))
    ? 'Keyboards, mice, hubs and smart-card readers are never taken away.'
    : 'Windows does not list the device of this drive, so that there is nothing to take out of use.';
}

export function has(ids: readonly string[], id: string): boolean {
  return ids.some((one) => one.toUpperCase() === id.toUpperCase());
}
