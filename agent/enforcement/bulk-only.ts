import type { UsbTalk } from '../platform/usbfs.linux.ts';
import type { StorageUnit } from '../watchers/watcher.ts';
import { inquiryBytes, mostUnits, parseInquiry } from './inquiry.ts';

/** Where a mass-storage interface of the bulk-only transport (USB-IF, 1999) is spoken to. */
export interface BulkOnly {
  /** Number of the interface. */
  number: number;
  /** Addresses of the endpoints. */
  out: number;
  in: number;
}

const statusBytes = 13;

/**
 * Asks every unit behind an interface what it is, by SCSI INQUIRY, which touches no medium.
 * @returns undefined when one of them gave no proper answer: then nothing is known
 */
export async function askUnits(
  talk: Pick<UsbTalk, 'control' | 'bulk'>,
  place: BulkOnly,
): Promise<StorageUnit[] | undefined> {
  const units: StorageUnit[] = [];
  const last = await lastUnit(talk, place);
  for (let unit = 0; unit <= last; unit++) {
    const said = await inquire(talk, place, unit);
    if (!said) return undefined;
    units.push(...parseInquiry(said));
  }
  return units;
}

/** A device with one unit may refuse the question (section 3.2). */
async function lastUnit({ control }: Pick<UsbTalk, 'control'>, { number }: BulkOnly): Promise<number> {
  const answer = Buffer.alloc(1);
  const came = await control({ type: 0xa1, request: 0xfe, value: 0, index: number }, answer);
  return came === 1 ? Math.min(answer.readUInt8(), mostUnits - 1) : 0;
}

async function inquire({ bulk }: Pick<UsbTalk, 'bulk'>, place: BulkOnly, unit: number): Promise<Buffer | undefined> {
  const command = inquiryCommand(unit);
  if ((await bulk(place.out, command)) !== command.length) return undefined;
  const data = Buffer.alloc(inquiryBytes);
  if ((await bulk(place.in, data)) < 2) return undefined;
  const status = Buffer.alloc(statusBytes);
  if ((await bulk(place.in, status)) !== statusBytes) return undefined;
  return isGood(status, unit) ? data : undefined;
}

/** Command block wrapper (section 5.1) around INQUIRY. Its tag is the unit's number. */
export function inquiryCommand(unit: number): Buffer {
  const wrapper = Buffer.alloc(31);
  wrapper.write('USBC', 'latin1');
  wrapper.writeUInt32LE(unit, 4);
  wrapper.writeUInt32LE(inquiryBytes, 8);
  wrapper.set([0x80, unit, 6, 0x12, 0, 0, 0, inquiryBytes], 12);
  return wrapper;
}

/** Command status wrapper (section 5.2). */
function isGood(status: Buffer, unit: number): boolean {
  return status.toString('latin1', 0, 4) === 'USBS' && status.readUInt32LE(4) === unit && status.readUInt8(12) === 0;
}
