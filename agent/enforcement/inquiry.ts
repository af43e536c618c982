import type { StorageUnit } from '../watchers/watcher.ts';

/** How much of the answer to SCSI INQUIRY is asked for, in bytes: what every unit has. */
export const inquiryBytes = 36;
/** More units behind one interface are not asked. */
export const mostUnits = 16;

const discTypes: ReadonlySet<number> = new Set([5]);

/** The first two bytes (SCSI Primary Commands, 6.6). A qualifier other than 0 says that nothing is behind the number. */
export function parseInquiry(answer: Buffer): StorageUnit[] {
  const [first = 0, second = 0] = answer;
  if (first >> 5 !== 0) return [];
  return [{ kind: discTypes.has(first & 0x1f) ? 'optical' : 'disk', removable: (second & 0x80) !== 0 }];
}
