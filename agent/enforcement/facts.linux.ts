import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { type BlockDevices, readBlockDevices } from '../platform/block.linux.ts';
import { type Mount, readMounts } from '../platform/mounts.linux.ts';
import { privateFolder } from '../platform/private-mounts.linux.ts';
import { attribute, entries, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { usbFolder } from '../watchers/removable-media/usb.linux.ts';
import type { Look } from '../watchers/watcher.ts';
import { type Inputs, readInputs } from './inputs.linux.ts';
import type { Kept } from './kept.linux.ts';
import { type Marks, readMarks } from './marks.linux.ts';
import { neededBlocks } from './needed.linux.ts';
import { wasMadeReadOnly } from './udev.linux.ts';

export interface UsbInterface {
  /** `1-4:1.0`. */
  name: string;
  /** `08:06:50`. */
  triple: string;
  authorized: boolean;
}

/** How the kernel treats a USB device at this moment. */
export interface UsbState {
  /** Grows with each plugging in: tells two visits of one device apart. */
  number: string;
  authorized: boolean;
  /** Those of the configuration in use; none while the device is not authorised. */
  interfaces: UsbInterface[];
  /** Something is plugged into it. */
  hasChildren: boolean;
}

/** A memory card in its slot, with or without a driver. */
export interface CardState {
  bound: boolean;
}

/** Everything about this computer that a plan depends on, as it is now. */
export interface SystemFacts {
  /** By port, `1-4.2`; each is read when it is first asked for. */
  usb: Pick<ReadonlyMap<string, UsbState>, 'get'>;
  blocks: BlockDevices;
  mounts: readonly Mount[];
  /** SD cards by name of the device, `mmc0:4567`. */
  cards: ReadonlyMap<string, CardState>;
  /** Disks and volumes the running system or the agent lives on, whole. */
  needed: ReadonlySet<string>;
  inputs: Inputs;
  marks: Marks;
  kept: Kept;
  /** Block devices that the rule of udev made read-only when they appeared. */
  madeReadOnly: ReadonlySet<string>;
  /** Names of block devices whose node nobody but root can open. */
  closedNodes: ReadonlySet<string>;
  /** Unmounted block devices that programs still hold open through files they had opened before. */
  lingering: ReadonlySet<string>;
  /** Where the agent mounts what nobody else may use yet. */
  privateFolder: string;
}

export interface FactsParts {
  roots: LinuxRoots;
  ownPaths: readonly string[];
  kept: Kept;
  /** Block devices that were taken out of the list of mounts while programs used them. */
  detached: ReadonlySet<string>;
}

/**
 * Facts of this moment, each read when a plan first asks for it: one that leaves a device outside asks for next to
 * nothing, and is made while somebody may be waiting for that device's disk. Reading the disks or the mounts throws
 * when they cannot be listed.
 */
export function readFacts({ roots, ownPaths, kept, detached }: FactsParts): SystemFacts {
  const facts: SystemFacts = onceAsked({
    usb: () => usbStates(roots.sys),
    blocks: () => seenOf(readBlockDevices(roots)),
    mounts: () => seenOf(readMounts(roots.proc)),
    cards: () => readCards(roots.sys),
    needed: () => neededBlocks(roots, facts.blocks, facts.mounts, ownPaths),
    inputs: () => readInputs(roots.sys),
    marks: () => readMarks(roots.run),
    kept: () => kept,
    madeReadOnly: () => new Set(onlyMadeReadOnly(roots.run, facts.blocks)),
    closedNodes: () => readClosedNodes(roots.dev, kept),
    lingering: () => new Set([...detached].filter((name) => isInUse(`${roots.dev}/${name}`))),
    privateFolder: () => privateFolder(roots.run),
  });
  return facts;
}

function onceAsked<T extends object>(read: { [K in keyof T]: () => T[K] }): T {
  const facts = {};
  for (const [name, ask] of Object.entries<() => unknown>(read)) {
    Object.defineProperty(facts, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = ask();
        Object.defineProperty(facts, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return facts as T;
}

function seenOf<S>(look: Look<S>): S {
  if (!look.ok) throw new Error(look.error.says);
  return look.seen;
}

function onlyMadeReadOnly(run: string, blocks: BlockDevices): string[] {
  const readOnly = [...blocks.values()].filter((block) => block.readOnly);
  return readOnly.filter(({ device }) => wasMadeReadOnly(run, device)).map(({ name }) => name);
}

const devicePattern = /^\d+-\d+(\.\d+)*$/;

/** Every USB device but the root hubs. */
export function readUsbStates(sys: string): Map<string, UsbState> {
  const folder = usbFolder(sys);
  const names = entries(folder);
  const ports = names.filter((name) => devicePattern.test(name));
  return new Map(ports.map((port) => [port, readUsbState(folder, port, () => names)]));
}

/** Those who ask for one do not wait for the others to be read. */
function usbStates(sys: string): SystemFacts['usb'] {
  const folder = usbFolder(sys);
  let listed: string[] | undefined;
  const names = () => {
    listed ??= entries(folder);
    return listed;
  };
  const known = new Map<string, UsbState | undefined>();
  return {
    get(port) {
      if (!devicePattern.test(port)) return undefined;
      if (!known.has(port))
        known.set(port, isThere(`${folder}/${port}`) ? readUsbState(folder, port, names) : undefined);
      return known.get(port);
    },
  };
}

/** @param names of everything on the bus; not asked for where the device waits outside, which the kernel gives no interfaces and no children */
function readUsbState(folder: string, port: string, names: () => readonly string[]): UsbState {
  const number = attribute(`${folder}/${port}/devnum`) ?? '';
  if (attribute(`${folder}/${port}/authorized`) === '0') return { number, ...outside };
  const interfaces = names().filter((name) => name.startsWith(`${port}:`));
  return {
    number,
    authorized: true,
    interfaces: interfaces.map((name) => readInterface(folder, name)),
    hasChildren: names().some((other) => other.startsWith(`${port}.`) && devicePattern.test(other)),
  };
}

/** Of a device that is not authorised. */
export const outside: Omit<UsbState, 'number'> = { authorized: false, interfaces: [], hasChildren: false };

function readInterface(folder: string, name: string): UsbInterface {
  const byte = (word: string) => attribute(`${folder}/${name}/bInterface${word}`) ?? '';
  return {
    name,
    triple: [byte('Class'), byte('SubClass'), byte('Protocol')].join(':'),
    authorized: attribute(`${folder}/${name}/authorized`) !== '0',
  };
}

/** Soldered flash (`MMC`) hangs on the same bus and belongs to the computer. */
function readCards(sys: string): Map<string, CardState> {
  const folder = `${sys}/bus/mmc/devices`;
  const cards = entries(folder).filter((name) => attribute(`${folder}/${name}/type`) === 'SD');
  return new Map(cards.map((name) => [name, { bound: isThere(`${folder}/${name}/driver`) }]));
}

/** A file system claims its block device for itself; a second claim is then refused. */
function isInUse(node: string): boolean {
  try {
    closeSync(openSync(node, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return errorCode(error) === 'EBUSY';
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readClosedNodes(dev: string, { nodes }: Kept): Set<string> {
  return new Set(
    Object.keys(nodes).filter((name) => {
      const node = lstatSync(`${dev}/${name}`, { throwIfNoEntry: false });
      return node !== undefined && (node.mode & 0o777) === 0;
    }),
  );
}
