import type { UsbTalk } from '../platform/usbfs.linux.ts';
import type { StorageUnit } from '../watchers/watcher.ts';
import { inquiryBytes, mostUnits, parseInquiry } from './inquiry.ts';

/** Where an interface of USB attached SCSI (T10, 2010) is spoken to: the addresses of its four endpoints. */
export interface UasPipes {
  command: number;
  status: number;
  in: number;
  out: number;
}

/** @param hasStreams at USB 3 answers come on a numbered stream; before that the device says when it is ready */
export interface UasPlace extends UasPipes {
  number: number;
  hasStreams: boolean;
}

type Talk = Pick<UsbTalk, 'transfer' | 'allotStreams'>;

/** Kinds of information units (section 6.2). */
const unit = { command: 1, sense: 3, readReady: 6 } as const;
const tag = 1;
const wellBeyondStatus = 96;
const luns = { header: 8, each: 8 } as const;

/**
 * Asks every unit behind an interface what it is, by REPORT LUNS and INQUIRY, which touch no medium.
 * @returns undefined when one of them gave no proper answer: then nothing is known
 */
export async function askUasUnits(talk: Talk, place: UasPlace): Promise<StorageUnit[] | undefined> {
  if (place.hasStreams) talk.allotStreams([place.status, place.in, place.out]);
  const said = await command(talk, place, { lun: Buffer.alloc(luns.each), ...reportLuns });
  if (!said) return undefined;
  const units: StorageUnit[] = [];
  for (const lun of parseLuns(said)) {
    const answer = await command(talk, place, { lun, ...inquiry });
    if (!answer) return undefined;
    units.push(...parseInquiry(answer));
  }
  return units;
}

interface Command {
  lun: Buffer;
  block: readonly number[];
  /** Most bytes of the answer. */
  answers: number;
}

const inquiry = { block: [0x12, 0, 0, 0, inquiryBytes, 0], answers: inquiryBytes } as const;
const listBytes = luns.header + mostUnits * luns.each;
const reportLuns = { block: [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, listBytes, 0, 0], answers: listBytes } as const;

/** One command at a time; what comes back is data, then the word of how it went. */
async function command(talk: Talk, place: UasPlace, { lun, block, answers }: Command): Promise<Buffer | undefined> {
  const stream = place.hasStreams ? tag : 0;
  const data = Buffer.alloc(answers);
  const status = Buffer.alloc(wellBeyondStatus);
  const fetchStatus = () => talk.transfer(place.status, status, stream);
  const early = place.hasStreams ? talk.transfer(place.in, data, stream) : undefined;
  const word = fetchStatus();
  if ((await talk.transfer(place.command, commandUnit(lun, block))) < 0) return undefined;
  await word;
  if (early) return isGood(status) && (await early) >= 2 ? data : undefined;
  if (status[0] !== unit.readReady || (await talk.transfer(place.in, data)) < 2) return undefined;
  return (await fetchStatus()) > 0 && isGood(status) ? data : undefined;
}

/** Command information unit (section 6.2.2). */
export function commandUnit(lun: Buffer, block: readonly number[]): Buffer {
  const said = Buffer.alloc(32);
  said.writeUInt8(unit.command, 0);
  said.writeUInt16BE(tag, 2);
  lun.copy(said, 8);
  said.set(block, 16);
  return said;
}

/** Sense information unit (section 6.2.4): status 0 is "good". */
function isGood(status: Buffer): boolean {
  return status[0] === unit.sense && status.readUInt16BE(2) === tag && status[6] === 0;
}

/** Length in bytes, four that mean nothing, and the numbers, each of eight bytes (SCSI Primary Commands, 6.33). */
export function parseLuns(answer: Buffer): Buffer[] {
  const listed = Math.floor(answer.readUInt32BE(0) / luns.each);
  const there = Math.floor((answer.length - luns.header) / luns.each);
  const count = Math.max(0, Math.min(listed, there, mostUnits));
  return Array.from({ length: count }, (_, index) => {
    const at = luns.header + index * luns.each;
    return answer.subarray(at, at + luns.each);
  });
}

const descriptor = { interface: 4, endpoint: 5, pipeUsage: 0x24 } as const;
const pipeNames: Readonly<Record<number, keyof UasPipes>> = { 1: 'command', 2: 'status', 3: 'in', 4: 'out' };

/**
 * The endpoints of an interface's first setting in the raw descriptors of a device: each is followed by a word of what
 * it is for (section 5.2.3.6).
 * @returns undefined when not all four are there
 */
export function uasPipes(descriptors: Uint8Array, number: number): UasPipes | undefined {
  const pipes: Partial<UasPipes> = {};
  let isOurs = false;
  let address: number | undefined;
  for (let at = 0; at + 2 <= descriptors.length; ) {
    const [length = 0, type = 0, first = 0, second = 0] = descriptors.subarray(at, at + 4);
    if (length < 2) break;
    if (type === descriptor.interface) isOurs = first === number && second === 0;
    if (type === descriptor.endpoint) address = first;
    const name = type === descriptor.pipeUsage ? pipeNames[first] : undefined;
    if (isOurs && name !== undefined && address !== undefined) pipes[name] ??= address;
    at += length;
  }
  const { command, status, in: data, out } = pipes;
  if (command === undefined || status === undefined || data === undefined || out === undefined) return undefined;
  return { command, status, in: data, out };
}
