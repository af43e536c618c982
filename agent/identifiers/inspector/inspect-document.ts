import type { Inspection } from '#shared/identifiers/inspection.ts';
import type { Detector, DetectorOptions } from '../detector/detector.ts';
import { detectorVersion } from '../detector/version.ts';
import type { Limits } from '../extraction/budget.ts';
import type { ByteSource } from '../extraction/byte-source.ts';
import { readDocument } from '../extraction/read-document.ts';
import { asUnread, type Unread } from '../extraction/unread.ts';
import { notInspected } from './not-inspected.ts';

/** What is to be done with one file. */
export interface Inspecting {
  /** Of the file without its folder. */
  name: string;
  detector: DetectorOptions;
  limits: Limits;
  /** Asks for the digests of the people who made the band, with this key. */
  peopleKey?: Uint8Array;
}

export interface Inspected {
  inspection: Inspection;
  people: readonly string[];
}

/** Reads one document and counts what is in it. Never rejects. */
export async function inspectDocument(
  source: ByteSource,
  inspecting: Inspecting,
  makeDetector: (options: DetectorOptions) => Detector,
): Promise<Inspected> {
  const detector = makeDetector(inspecting.detector);
  try {
    const unread = await readDocument(source, inspecting.name, detector, inspecting.limits);
    return found(detector, inspecting, unread.length === 0 ? [] : [partsNotRead(unread)]);
  } catch (error) {
    const stop = asUnread(error);
    const partly = found(detector, inspecting, [`Only a part of it was read. ${stop.message}`]);
    // What was found before the reading ended stays found; finding nothing in a part says nothing of the whole.
    return partly.inspection.band === 'none' ? { inspection: notInspected(stop), people: [] } : partly;
  }
}

function found(detector: Detector, { peopleKey }: Inspecting, reasons: string[]): Inspected {
  const { identifiers, band, atLeast } = detector.finish();
  if (atLeast) reasons.push('There is so much in it that the counts are the least there can be.');
  const inspection: Inspection = {
    detector: detectorVersion,
    status: 'inspected',
    ...(reasons.length > 0 && { reason: reasons.join(' ') }),
    identifiers,
    band,
  };
  return { inspection, people: peopleKey ? detector.digests(peopleKey) : [] };
}

const partWords: Record<Unread['status'], string> = {
  encrypted: 'protected by a password',
  'not-inspectable': 'of a format that is not read',
  'too-large': 'too large',
  failed: 'damaged',
};

function partsNotRead(unread: readonly Unread[]): string {
  const counts = Object.entries(partWords).map(([status, words]) => ({
    words,
    count: unread.filter((one) => one.status === status).length,
  }));
  const told = counts.filter(({ count }) => count > 0).map(({ words, count }) => `${count} ${words}`);
  return `Not read of what it holds: ${told.join(', ')}.`;
}
