import { existsSync, readFileSync } from 'node:fs';
import { attribute, entries, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { usbOpener } from '../platform/usbfs.linux.ts';
import type { StorageUnit } from '../watchers/watcher.ts';
import { askUnits, type BulkOnly } from './bulk-only.ts';
import { readUsbStates, type UsbInterface } from './facts.linux.ts';
import { isBulkOnly, isMassStorage, isUas } from './interfaces.ts';
import { askUasUnits, type UasPlace, uasPipes } from './uas.ts';
import type { Writer } from './writer.linux.ts';

/** Where an interface of storage is spoken to, and in which of the two ways there are. */
export type StoragePlace = ({ speaks: 'bulk-only' } & BulkOnly) | ({ speaks: 'uas' } & UasPlace);
/** Asks the units behind one interface of a device. @throws when it cannot be spoken to */
export type AskInterface = (node: string, place: StoragePlace) => Promise<StorageUnit[] | undefined>;

export interface Identifying {
  roots: LinuxRoots;
  write: Writer;
  ask?: AskInterface;
}

/** Answering takes no medium and no spinning up; who is silent for longer is judged as what it claims to be. */
const longestMilliseconds = 700;

/**
 * Finds out what a storage device that waits outside is. It is configured for some milliseconds with all its interfaces
 * shut; that of its storage is taken by the agent, so that no driver gets it and no disk appears. Afterwards it waits
 * outside again. A device is asked once in each visit.
 */
export function identifier({ roots, write, ask = askByUsbfs() }: Identifying) {
  const folder = `${roots.sys}/bus/usb/devices`;
  const known = new Map<string, { number: string; units?: StorageUnit[] }>();

  async function askWaiting(port: string): Promise<StorageUnit[] | undefined> {
    await write(`${folder}/${port}/authorized`, '1');
    try {
      const storage = (readUsbStates(roots.sys).get(port)?.interfaces ?? []).filter(({ triple }) =>
        isMassStorage(triple),
      );
      const answers = await Promise.all(storage.map((one) => askInterface(port, one)));
      return answers.length === 0 || answers.includes(undefined) ? undefined : answers.flatMap((units) => units ?? []);
    } finally {
      await write(`${folder}/${port}/authorized`, '0');
    }
  }

  async function askInterface(port: string, { name, triple }: UsbInterface): Promise<StorageUnit[] | undefined> {
    const place = placeOf(folder, port, name, triple);
    if (!place) return undefined;
    await write(`${folder}/${name}/authorized`, '1');
    try {
      return await ask(nodeOf(port), place);
    } catch {
      return undefined;
    } finally {
      await write(`${folder}/${name}/authorized`, '0');
    }
  }

  function nodeOf(port: string): string {
    const [bus = '', number = ''] = ['busnum', 'devnum'].map((word) =>
      (attribute(`${folder}/${port}/${word}`) ?? '').padStart(3, '0'),
    );
    return `${roots.dev}/bus/usb/${bus}/${number}`;
  }

  /** Must only be asked of devices that the agent itself keeps outside. */
  return async (port: string): Promise<StorageUnit[] | undefined> => {
    const states = readUsbStates(roots.sys);
    for (const other of known.keys()) if (!states.has(other)) known.delete(other);
    const state = states.get(port);
    if (!state) return undefined;
    const before = known.get(port);
    if (before?.number === state.number) return before.units;
    // A bus that has just come, with a dock, still lets interfaces in by itself; the next look asks.
    const isShut = attribute(`${folder}/usb${port.split('-')[0]}/interface_authorized_default`) === '0';
    if (state.authorized || !isShut) return undefined;
    const units = await askWaiting(port);
    known.set(port, { number: state.number, ...(units && { units }) });
    return units;
  };
}

/**
 * A run that was killed while it asked a device leaves it configured, with storage that is let in and has no driver. It
 * waits outside again, from where it can be let in as any other.
 */
export async function putBack({ sys }: LinuxRoots, write: Writer): Promise<void> {
  const folder = `${sys}/bus/usb/devices`;
  const wasAsked = ({ name, triple, authorized }: UsbInterface) =>
    isMassStorage(triple) && authorized && !existsSync(`${folder}/${name}/driver`);
  for (const [port, { authorized, interfaces }] of readUsbStates(sys)) {
    if (authorized && interfaces.some(wasAsked)) await write(`${folder}/${port}/authorized`, '0');
  }
}

function placeOf(folder: string, port: string, name: string, triple: string): StoragePlace | undefined {
  const number = Number.parseInt(attribute(`${folder}/${name}/bInterfaceNumber`) ?? '', 16);
  if (isBulkOnly(triple)) {
    const place = bulkOnly(`${folder}/${name}`, number);
    return place && { speaks: 'bulk-only', ...place };
  }
  const pipes = isUas(triple) ? uasPipes(readDescriptors(`${folder}/${port}`), number) : undefined;
  return pipes && { speaks: 'uas', number, hasStreams: hasStreams(`${folder}/${port}`), ...pipes };
}

/** From USB 3 on, 5,000 Mbit/s. */
function hasStreams(device: string): boolean {
  return Number(attribute(`${device}/speed`)) >= 5_000;
}

function readDescriptors(device: string): Uint8Array {
  try {
    return readFileSync(`${device}/descriptors`);
  } catch {
    return new Uint8Array();
  }
}

/** The endpoints of an interface as sysfs shows them, `ep_81`. */
function bulkOnly(folder: string, number: number): BulkOnly | undefined {
  const bulk = entries(folder).filter(
    (name) => name.startsWith('ep_') && attribute(`${folder}/${name}/type`) === 'Bulk',
  );
  const address = (direction: string) => {
    const name = bulk.find((one) => attribute(`${folder}/${one}/direction`) === direction) ?? '';
    return Number.parseInt(name.slice('ep_'.length), 16);
  };
  const place = { number, out: address('out'), in: address('in') };
  return Object.values(place).every(Number.isSafeInteger) ? place : undefined;
}

function askByUsbfs(): AskInterface {
  const open = usbOpener(longestMilliseconds);
  return async (node, place) => {
    const talk = await open(node);
    try {
      talk.claim(place.number);
      return await (place.speaks === 'uas' ? askUasUnits(talk, place) : askUnits(talk, place));
    } finally {
      talk.close();
    }
  };
}
