import { existsSync, readdirSync } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { attribute, binaryAttribute, slowAttribute } from '../../platform/sysfs.linux.ts';
import { type Look, lookFailed } from '../watcher.ts';
import { idsOf, interfacesOf } from './usb-descriptors.ts';

/** A USB device as sysfs shows it. Its strings are its own and not cleaned yet. */
export interface UsbDevice {
  /** Bus and chain of ports: `1-4.2`. */
  port: string;
  /** On its bus; grows with each plugging in, and so tells two visits at one port apart. */
  number: string;
  vendorId?: string;
  productId?: string;
  vendor?: string;
  product?: string;
  serial?: string;
  interfaces: string[];
  /** An interface calls itself MTP. */
  speaksMtp: boolean;
}

const devicePattern = /^\d+-\d+(\.\d+)*$/;
const mostDevices = 512;
/** How long after its first sight a device may still be publishing its interfaces. */
const settledMilliseconds = 3_000;

export function usbFolder(sys: string): string {
  return `${sys}/bus/usb/devices`;
}

export function hasUsbBus(sys: string): boolean {
  return existsSync(usbFolder(sys));
}

interface Known {
  /** On the bus, which each plugging raises. */
  number: string | undefined;
  /** Number and interfaces; while they are the same, so is the device. */
  state: string;
  since: number;
  device?: UsbDevice;
}

/**
 * Reads every USB device but the root hubs, which are part of the computer. No bus means no devices, not a failure.
 * A device that has settled is read once and kept: its descriptors cannot change without a new number.
 * @param now milliseconds that only grow
 */
export function usbReader(sys: string, now: () => number): () => Promise<Look<UsbDevice[]>> {
  const folder = usbFolder(sys);
  let known: ReadonlyMap<string, Known> | undefined;

  async function readOne(port: string, names: readonly string[]): Promise<[string, Known]> {
    const parts = names.filter((name) => name.startsWith(`${port}:`));
    const number = attribute(`${folder}/${port}/devnum`);
    const state = [number, ...parts].join(' ');
    const before = known?.get(port);
    const since = before?.state === state ? before.since : now();
    if (before?.device && before.state === state && now() - since > settledMilliseconds) return [port, before];
    // Of what was there before the first look, nobody can tell who is speaking to it.
    const hasJustCome = known !== undefined && before?.number !== number;
    const device = await readDevice(folder, port, parts, hasJustCome);
    return [port, { number, state, since, ...(device && { device }) }];
  }

  return async () => {
    try {
      const names = readdirSync(folder).sort();
      const ports = names.filter((name) => devicePattern.test(name)).slice(0, mostDevices);
      const found = new Map(await Promise.all(ports.map((port) => readOne(port, names))));
      known = found;
      return { ok: true, seen: [...found.values()].flatMap(({ device }) => device ?? []) };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { ok: true, seen: [] };
      return lookFailed(error, 'The list of USB devices could not be read');
    }
  };
}

/** Reads a root hub as if it had just been plugged in, so that the first real device does not wait for code that has never run. */
export async function readRootHub(sys: string): Promise<UsbDevice | undefined> {
  return readDevice(usbFolder(sys), 'usb1', [], true);
}

async function readDevice(
  folder: string,
  port: string,
  parts: readonly string[],
  hasJustCome: boolean,
): Promise<UsbDevice | undefined> {
  const descriptors = await readDescriptors(`${folder}/${port}/descriptors`);
  if (!descriptors) return undefined;
  const interfaces = interfacesOf(descriptors);
  // Nobody has spoken to one that has just come and waits unauthorised: the kernel has its words, and its lock is free.
  const isUntouched = hasJustCome && attribute(`${folder}/${port}/authorized`) === '0';
  const read = isUntouched ? attribute : slowAttribute;
  const strings = ['manufacturer', 'product', 'serial'].map((word) => read(`${folder}/${port}/${word}`));
  const [vendor, product, serial] = await Promise.all(strings);
  // When a device goes, its number goes before its words: one without both is no other device but on its way out.
  const number = attribute(`${folder}/${port}/devnum`);
  if (number === undefined) return undefined;
  return {
    port,
    number,
    ...idsOf(descriptors),
    ...(vendor && { vendor }),
    ...(product && { product }),
    ...(serial && { serial }),
    interfaces,
    speaksMtp: await speaksMtp(folder, parts, interfaces),
  };
}

/** The node of a device shows up a moment before its descriptors do; without them it is not judged, and not yet there. */
async function readDescriptors(path: string): Promise<Uint8Array | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    // The kernel has them in its memory and takes no lock.
    const descriptors = binaryAttribute(path);
    if (descriptors) return descriptors;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

async function speaksMtp(folder: string, parts: readonly string[], interfaces: readonly string[]): Promise<boolean> {
  if (!interfaces.some((one) => one === 'ff:ff:00' || one.startsWith('06:'))) return false;
  const texts = await Promise.all(parts.slice(0, 32).map((part) => slowAttribute(`${folder}/${part}/interface`)));
  return texts.some((text) => text?.includes('MTP'));
}
