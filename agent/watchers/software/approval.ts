import type { Software } from '#shared/events/software.ts';
import { fitsPattern } from '#shared/policy/pattern.ts';
import type { Policy } from '#shared/policy/schema.ts';

type Approved = Policy['software']['approved'];

/**
 * Whether a title is on the list. A title of unknown publisher is not approved by an entry that names one, and with
 * no policy (`undefined`) nothing is approved. Name and publisher are what the package says of itself: an approval
 * answers "was this agreed to", not "is this genuine".
 */
export function approval(approved: Approved | undefined, software: Software): 'approved' | 'unapproved' {
  const agreed = approved?.some(
    (entry) =>
      entry.source === software.source &&
      (entry.publisher === undefined || entry.publisher === software.publisher) &&
      fitsPattern(entry.name, software.name),
  );
  return agreed ? 'approved' : 'unapproved';
}
