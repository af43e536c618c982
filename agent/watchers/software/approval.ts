import type { EventData } from '#shared/events/kinds.ts';
import type { Software } from '#shared/events/software.ts';
import { fitsPattern } from '#shared/policy/pattern.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Approval, Standing, TitleStanding } from '#shared/policy/standing.ts';

type Approved = Policy['software']['approved'];
type Told = EventData<'software.decided'>;
export type Judgement = Required<Pick<Told, 'approval' | 'because'>> & Pick<Told, 'request'>;

/** What a title is held against. */
export interface Agreed {
  /** The list of the policy; undefined without one, and then nothing is on it. */
  approved: Approved | undefined;
  standing: Pick<Standing, 'approvals' | 'software'> | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** Holds titles against one moment's agreement. */
export interface Judge {
  /** What was decided of this title in particular; undefined where nobody did. */
  decided(software: Software): Judgement | undefined;
  /** The same, and by the list of the policy where nobody did. */
  judge(software: Software): Judgement;
}

/**
 * Whether titles were agreed to. A granted request comes first, because it is the narrowest decision; then what the
 * register of software says, then the list of the policy. Name and publisher are what the package says of itself: an
 * approval answers "was this agreed to", not "is this genuine". Pure.
 */
export function judging({ approved, standing, now }: Agreed): Judge {
  const granted = new Map<string, string>();
  for (const one of standing?.approvals.toReversed() ?? []) {
    if (one.kind === 'software' && one.title !== undefined && isLive(one, now)) {
      granted.set(one.title.toLowerCase(), one.id);
    }
  }
  const register = new Map(standing?.software?.map((one) => [keyOf(one), one] as const));

  function decided(software: Software): Judgement | undefined {
    const request = granted.get(software.name.toLowerCase());
    if (request !== undefined) return { approval: 'approved', because: 'request', request };
    const found = register.get(keyOf(software));
    return found && decision(found, now);
  }

  return {
    decided,
    judge: (software) =>
      decided(software) ?? { approval: isListed(approved, software) ? 'approved' : 'unapproved', because: 'list' },
  };
}

/** The same for every version and architecture of a title. */
export function keyOf({ source, name }: Pick<Software, 'source' | 'name'>): string {
  return `${source}\n${name}`;
}

function isLive({ from, to }: Approval, now: number): boolean {
  return Date.parse(from) <= now && now < Date.parse(to);
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
