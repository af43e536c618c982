import type { PermissionKind } from '#shared/policy/approvers.ts';
import type { InAdvance } from '../approvals/first-use.ts';
import type { RequestRow, RequestStage } from '../approvals/request-list.ts';
import { requestedIn } from '../approvals/requests.ts';
import { type Fact, factList } from './facts/fact.ts';
import { rightWords } from './facts/story.ts';
import type { Tag } from './severity.ts';
import { duration, moment, sentence } from './words.ts';

export const kindWords: Record<PermissionKind, string> = {
  software: 'Software',
  'media-issue': 'Use of a medium',
  'bulk-transfer': 'Bulk transfer',
  'local-data': 'Data kept on a computer',
  'encryption-exception': 'Exception from encryption',
};

/** What each kind is for, for the first step of the form. */
export const kindHints: Record<PermissionKind, string> = {
  software: 'A title outside the standard build',
  'media-issue': 'One stick, disk or phone, for a time',
  'bulk-transfer': 'Many records moved on one encrypted medium',
  'local-data': 'Data of people that has to lie on a computer for a while',
  'encryption-exception': 'A drive or medium that stays without encryption for a while',
};

const stages: Record<RequestStage, Tag> = {
  waiting: { text: 'Waiting', colour: 'yellow' },
  'in-force': { text: 'In force', colour: 'green' },
  ahead: { text: 'Granted, not begun', colour: 'blue' },
  over: { text: 'Over', colour: 'grey' },
  refused: { text: 'Refused', colour: 'red' },
  withdrawn: { text: 'Withdrawn', colour: 'grey' },
};

export function stageTag(stage: RequestStage): Tag {
  return stages[stage];
}

/** A word of the policy's table of approvers: `ict` as `ICT`. */
export function partWords(part: string): string {
  const short: Partial<Record<string, string>> = {
    ict: 'ICT',
    iao: 'Information Asset Owner',
    siro: 'SIRO',
    'ig-lead': 'IG lead',
    'ig-team': 'IG team',
    'head-of-business-and-governance': 'Head of Business and Governance',
    'caldicott-guardian': 'Caldicott Guardian',
  };
  return short[part] ?? sentence(part);
}

/** What it is about, in a line. */
export function subjectWords(row: Pick<RequestRow, 'document' | 'hostname'>): string {
  const { what, device, user } = requestedIn(row);
  const serial = typeof device?.serial === 'string' ? `medium ${device.serial}` : undefined;
  return [what, serial, user && `for ${user}`, row.hostname && `on ${row.hostname}`].filter(Boolean).join(', ');
}

export function requestFacts(row: RequestRow): Fact[] {
  const { what, device, user, rights, encrypted, records } = requestedIn(row);
  const [from, to] = [moment(row.from_at), moment(row.to_at)];
  return [
    ...factList({
      Kind: kindWords[row.kind],
      What: what,
      'Serial number': typeof device?.serial === 'string' ? device.serial : undefined,
      'USB numbers': [device?.vendorId, device?.productId].filter((id) => typeof id === 'string').join(':'),
      'To be possible': rights?.map((right) => rightWords[right]).join(', '),
      'Only while encrypted': encrypted ? 'Yes' : undefined,
      'About how many people': records?.toLocaleString('en-GB'),
      Person: user ?? 'Anybody',
      Computer: row.hostname ?? 'Any',
      'Why it is needed': row.reason,
      'Asked for by': row.requester,
    }),
    { term: 'Asked for on', text: moment(row.requested_at).words, moment: moment(row.requested_at) },
    { term: 'From', text: from.words, moment: from },
    { term: 'Until', text: to.words, moment: to },
  ];
}

/** How near the end of what is in force is; undefined for all else. */
export function remaining({ stage, to_at }: RequestRow, now: number): string | undefined {
  return stage === 'in-force' ? `ends in ${duration(to_at - now)}` : undefined;
}

export const advanceTags: Record<InAdvance, Tag> = {
  yes: { text: 'In advance', colour: 'green' },
  no: { text: 'Not in advance', colour: 'red' },
  'not-used-yet': { text: 'Not used yet', colour: 'blue' },
  'cannot-be-told': { text: 'Cannot be told', colour: 'grey' },
};
