import { attribute, entries, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { usbOpener } from '../platform/usbfs.linux.ts';
import type { StorageUnit } from '../watchers/watcher.ts';
import { askUnits, type BulkOnly } from './bulk-only.ts';
import { readUsbStates, type UsbInterface } from './facts.linux.ts';
import { isBulkOnly, isMassStorage } from './interfaces.ts';
import type { Writer } from './writer.linux.ts';

/** Asks the units behind one interface of a device. @throws when it cannot be spoken to */
export type AskInterface = (node: string, place: BulkOnly) => Promise<StorageUnit[] | undefined>;

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
    const place = isBulkOnly(triple) ? bulkOnly(`${folder}/${name}`) : undefined;
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

/** The endpoints of an interface as sysfs shows them, `ep_81`. */
function bulkOnly(folder: string): BulkOnly | undefined {
  const number = Number.parseInt(attribute(`${folder}/bInterfaceNumber`) ?? '', 16);
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
      return await askUnits(talk, place);
    } finally {
      talk.close();
    }
  };
}
