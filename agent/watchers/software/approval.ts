import type { EventData } from '#shared/events/kinds.ts';
import type { Software } from '#shared/events/software.ts';
import { fitsPattern } from '#shared/policy/pattern.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Approval, Standing, TitleStanding } from '#shared/policy/standing.ts';

type Approved = Policy['software']['approved'];
export type Judgement = Pick<EventData<'software.installed'>, 'approval' | 'because' | 'request'>;

/** What a title is held against. */
export interface Agreed {
  /** The list of the policy; undefined without one, and then nothing is on it. */
  approved: Approved | undefined;
  standing: Pick<Standing, 'approvals' | 'software'> | null;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Whether a title was agreed to. A granted request comes first, because it is the narrowest decision; then what the
 * register of software says, then the list of the policy. Name and publisher are what the package says of itself: an
 * approval answers "was this agreed to", not "is this genuine". Pure.
 */
export function judge(software: Software, { approved, standing, now }: Agreed): Judgement {
  const request = standing?.approvals.find((one) => grants(one, software, now));
  if (request) return { approval: 'approved', because: 'request', request: request.id };
  const decided = standing?.software?.find(({ source, name }) => source === software.source && name === software.name);
  const found = decided && decision(decided, now);
  return found ?? { approval: isListed(approved, software) ? 'approved' : 'unapproved', because: 'list' };
}

function grants({ kind, title, from, to }: Approval, { name }: Software, now: number): boolean {
  const isMeant = kind === 'software' && title !== undefined && title.toLowerCase() === name.toLowerCase();
  return isMeant && Date.parse(from) <= now && now < Date.parse(to);
}

/** A tolerance also covers what nobody looks after any more; an approval without an end does not. */
function decision({ standing, until, unsupportedSince }: TitleStanding, now: number): Judgement | undefined {
  if (standing === 'disallowed') return { approval: 'unapproved', because: 'disallowed' };
  if (standing === 'tolerated') {
    const holds = until !== undefined && now < Date.parse(until);
    return holds
      ? { approval: 'approved', because: 'tolerated' }
      : { approval: 'unapproved', because: 'tolerance-over' };
  }
  if (unsupportedSince !== undefined && Date.parse(unsupportedSince) <= now) {
    return { approval: 'unapproved', because: 'unsupported' };
  }
  return standing === 'approved' ? { approval: 'approved', because: 'register' } : undefined;
}

/** A title of unknown publisher is not on the list by an entry that names one. */
function isListed(approved: Approved | undefined, software: Software): boolean {
  return (
    approved?.some(
      (entry) =>
        entry.source === software.source &&
        (entry.publisher === undefined || entry.publisher === software.publisher) &&
        fitsPattern(entry.name, software.name),
    ) ?? false
  );
}
