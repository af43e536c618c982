import type { Ruled, Wish } from './enforcement.ts';
import type { SystemFacts, UsbInterface, UsbState } from './facts.linux.ts';
import type { Inputs } from './inputs.linux.ts';
import { carriesFiles, isKeyboard, isMassStorage, isOnFloor, isPointer, mayBeMtp, mayOpen } from './interfaces.ts';
import type { Action, Circumstance, Plan } from './plan.linux.ts';
import { nothingToDo } from './plan.linux.ts';
import { disksOf, marking, partsOf, planBlocks, unmountAll } from './plan-blocks.linux.ts';

/** A USB device: whether it may be configured, which interfaces may have a driver, and what is behind them. */
export function planUsb(ruled: Ruled, facts: SystemFacts, circumstance: Circumstance): Plan {
  const port = ruled.device.port ?? '';
  const state = facts.usb.get(port);
  if (!state) return nothingToDo;
  const spared = sparedBecause(ruled, state, facts, circumstance.all);
  // One that waits outside shows no disk.
  if (state.authorized && holdsSystem(ruled, facts)) return sparedWhole(port, facts);
  if (!spared && staysOutside(ruled)) return planOutside(port, state, ruled, facts);
  const access = ruled.wish.connect ? ruled.wish.access : 'refused';
  const inside = planInside({ ...ruled, wish: { ...ruled.wish, access } }, state, facts, circumstance);
  return spared && !ruled.wish.connect ? { ...inside, spared } : inside;
}

/** A device that would show nothing but refused disks is not even configured: the less of it works, the better. */
function staysOutside({ wish, device }: Ruled): boolean {
  if (!wish.connect) return true;
  const { interfaces } = device;
  return wish.access === 'refused' && interfaces.length > 0 && interfaces.every(isMassStorage);
}

function planOutside(port: string, state: UsbState, ruled: Ruled, facts: SystemFacts): Plan {
  const actions: Action[] = state.authorized
    ? [...unmountAll(ruled, facts), { do: 'unauthorise', port, gives: false }]
    : [];
  return {
    actions: [...marking(port, ruled, facts), ...actions],
    mechanisms: ['USB device not authorised'],
    volumes: new Map(),
  };
}

function planInside(ruled: Ruled, state: UsbState, facts: SystemFacts, circumstance: Circumstance): Plan {
  const { device, wish } = ruled;
  const port = device.port ?? '';
  const closed = device.interfaces.filter((triple) => !mayOpen(device.class, triple, wish.access));
  const isUnclear = device.interfaces.some(mayBeMtp);
  const marks = marking(port, ruled, facts);
  if (!state.authorized) {
    const interfaces = closed.length > 0 || isUnclear ? 'closed' : 'open';
    const actions: Action[] = [...marks, { do: 'authorise', port, interfaces, gives: true }];
    return { actions, mechanisms: ['USB device authorised'], volumes: new Map() };
  }
  const { toOpen, toClose, waiting } = sorted(ruled, state.interfaces, isUnclear && circumstance.fresh.has(port));
  const blocks = planBlocks(ruled, facts, circumstance);
  const cut = cutBusy(ruled, state, facts, circumstance);
  const actions: Action[] = [
    ...(toClose.length > 0 ? unmountAll(ruled, facts) : []),
    ...listed('close-interfaces', toClose, false),
    ...marks,
    ...cut,
    ...(cut.length > 0 || toClose.some(({ triple }) => isMassStorage(triple)) ? [] : blocks.actions),
    ...listed('open-interfaces', toOpen, true),
  ];
  const words = inWords(ruled, closed, blocks);
  return {
    ...blocks,
    actions,
    ...words,
    ...(waiting.length > 0 && { waits: 'It may be a phone; that shows in a moment.' }),
  };
}

/** @param isUnclear it may turn out to be a phone, so that nothing that carries files is opened yet */
function sorted({ device, wish }: Ruled, interfaces: readonly UsbInterface[], isUnclear: boolean) {
  const may = ({ triple }: UsbInterface) => mayOpen(device.class, triple, wish.access);
  const waits = ({ triple }: UsbInterface) => isUnclear && carriesFiles('other', triple);
  const allowed = interfaces.filter((one) => !one.authorized && may(one));
  return {
    toClose: interfaces.filter((one) => one.authorized && !may(one)),
    toOpen: allowed.filter((one) => !waits(one)),
    waiting: allowed.filter(waits),
  };
}

function listed(what: 'open-interfaces' | 'close-interfaces', found: UsbInterface[], gives: boolean): Action[] {
  return found.length > 0 ? [{ do: what, names: found.map(({ name }) => name), gives }] : [];
}

function inWords({ device, wish }: Ruled, closed: readonly string[], blocks: Plan): Omit<Plan, 'actions' | 'volumes'> {
  const refused = closed.length > 0 ? [`USB interfaces not authorised (${[...new Set(closed)].join(', ')})`] : [];
  const carriers = device.interfaces.filter((triple) => carriesFiles(device.class, triple));
  const none = carriers.length === 0 && wish.access !== 'full' ? ['no interface that could carry files'] : [];
  const limitsDisk = carriers.some(isMassStorage) && wish.access !== 'refused' && !isUnlimited(wish);
  const waits =
    blocks.waits ?? (limitsDisk && blocks.volumes.size === 0 ? 'Its disk has not appeared yet.' : undefined);
  const isHarder = wish.access !== 'refused' && closed.length > 0;
  const note = isHarder
    ? 'Only disks can be made read-only; its other file interfaces are refused whole.'
    : blocks.note;
  const mechanisms = [...refused, ...none, ...blocks.mechanisms];
  return {
    mechanisms: mechanisms.length > 0 ? mechanisms : ['USB device authorised'],
    ...(waits !== undefined && { waits }),
    ...(note !== undefined && { note }),
    ...(blocks.spared !== undefined && { spared: blocks.spared }),
  };
}

function isUnlimited({ access, execute }: Wish): boolean {
  return access === 'full' && execute;
}

/** A disk that is being written cannot be made read-only in use; it is cut off and comes back read-only. */
function cutBusy(ruled: Ruled, state: UsbState, facts: SystemFacts, { busy }: Circumstance): Action[] {
  const mine = new Set(partsOf(ruled, facts).map(({ block }) => block.device));
  const stuck = facts.mounts.filter(({ device, mountPoint }) => mine.has(device) && busy.has(mountPoint));
  if (stuck.length === 0) return [];
  const disks = state.interfaces.filter(({ triple }) => isMassStorage(triple));
  return [...unmountAll(ruled, facts), ...listed('close-interfaces', disks, false)];
}

function holdsSystem(ruled: Ruled, facts: SystemFacts): boolean {
  return disksOf(ruled, facts).some(({ name }) => facts.needed.has(name));
}

function sparedWhole(port: string, facts: SystemFacts): Plan {
  const isMarked = facts.marks.writable.has(port) && facts.marks.executable.has(port);
  const mark: Action = { do: 'mark', place: port, as: ['writable', 'shown', 'executable'], gives: true };
  return {
    actions: isMarked ? [] : [mark],
    mechanisms: ['safety floor'],
    spared: 'The running system or the agent itself lives on this disk.',
    volumes: new Map(),
  };
}

/** Why a device that is to be refused is let in all the same, but for what could carry files. */
export function sparedBecause(
  { device }: Ruled,
  state: UsbState,
  facts: Pick<SystemFacts, 'inputs'>,
  all: readonly Ruled[],
): string | undefined {
  if (device.interfaces.some(isOnFloor)) return 'Hubs and smart-card readers are on the safety floor.';
  if (state.hasChildren) return 'Other devices hang on it.';
  const port = device.port ?? '';
  const only = (kind: keyof Inputs, is: (triple: string) => boolean) => {
    // One that waits outside gives the computer nothing yet, whatever it is.
    const isOne = device.interfaces.some(is) || (state.authorized && facts.inputs[kind].has(port));
    return isOne && isOnly(port, facts.inputs[kind], is, all);
  };
  if (only('keyboards', isKeyboard)) return 'It is the only keyboard.';
  if (only('pointers', isPointer)) return 'It is the only mouse.';
  return undefined;
}

function isOnly(
  port: string,
  working: ReadonlySet<string>,
  is: (triple: string) => boolean,
  all: readonly Ruled[],
): boolean {
  const refused = new Set(all.filter(({ wish }) => !wish.connect).map(({ device }) => device.port ?? ''));
  const others = [...working].filter((other) => other !== port && !refused.has(other));
  const coming = all.filter(({ device, wish }) => device.port !== port && wish.connect && device.interfaces.some(is));
  return others.length === 0 && coming.length === 0;
}
