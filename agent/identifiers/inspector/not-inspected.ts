import type { Inspection } from '#shared/identifiers/inspection.ts';
import { detectorVersion } from '../detector/version.ts';
import type { Unread } from '../extraction/unread.ts';

/** The verdict on a file of which nothing is known. */
export function notInspected({ status, message }: Unread): Inspection {
  return { detector: detectorVersion, status, reason: message };
}
