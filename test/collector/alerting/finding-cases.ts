import type { EventKind } from '#shared/events/kinds.ts';

interface FindingCase {
  rule: string;
  kind: EventKind;
  raises: object;
  not: object;
  in?: 'ccg';
}

const band = (name: string) => ({ inspection: { band: name } });
const few = { ...band('1-9'), isBulk: false };
const issued = { register: 'issued', volume: { encryption: 'encrypted' } };
const approved = { authorisation: 'approved', approval: 'A-1' };

/** Alerts about what was found in files: what raises each, and what is nearly that and does not. */
export const findingCases: FindingCase[] = [
  {
    rule: 'media-file-written',
    kind: 'media.file-inspected',
    raises: { ...band('none'), isBulk: false, register: 'issued' },
    not: few,
  },
  {
    rule: 'media-file-written-unregistered',
    kind: 'media.file-inspected',
    raises: { ...band('none'), isBulk: false, register: 'unregistered' },
    not: { ...band('none'), isBulk: false, register: 'issued' },
    in: 'ccg',
  },
  ...['encrypted', 'not-inspectable', 'too-large', 'failed'].map((status) => ({
    rule: 'media-file-unreadable',
    kind: 'media.file-inspected' as const,
    raises: { inspection: { status } },
    not: few,
  })),
  { rule: 'media-file-gone', kind: 'media.file-not-inspected', raises: { because: 'medium-gone' }, not: {} },
  ...['1-9', '10-49', '50-99', '100-499', '500+'].map((name) => ({
    rule: 'media-identifiers',
    kind: 'media.file-inspected' as const,
    raises: { ...band(name), isBulk: false },
    not: { ...band(name), isBulk: true },
  })),
  { rule: 'media-identifiers', kind: 'media.file-inspected', raises: few, not: { ...few, ...approved } },
  { rule: 'media-identifiers', kind: 'media.file-inspected', raises: few, not: { ...few, ...issued }, in: 'ccg' },
  {
    rule: 'media-identifiers',
    kind: 'media.file-inspected',
    raises: { ...few, ...issued, volume: { encryption: 'plain' } },
    not: { ...few, ...issued },
    in: 'ccg',
  },
  {
    rule: 'media-identifiers-issued',
    kind: 'media.file-inspected',
    raises: { ...few, ...issued },
    not: few,
    in: 'ccg',
  },
  { rule: 'media-identifiers-authorised', kind: 'media.file-inspected', raises: { ...few, ...approved }, not: few },
  {
    rule: 'media-bulk',
    kind: 'identifiers.bulk-reached',
    raises: { place: 'removable' },
    not: { place: 'removable', ...approved },
  },
  {
    rule: 'media-bulk',
    kind: 'identifiers.bulk-reached',
    raises: { place: 'removable' },
    not: { place: 'cloud-sync' },
  },
  { rule: 'cloud-bulk', kind: 'identifiers.bulk-reached', raises: {}, not: { place: 'removable' } },
  { rule: 'bulk-authorised', kind: 'identifiers.bulk-reached', raises: approved, not: { authorisation: 'unknown' } },
  { rule: 'document-identifiers', kind: 'document.inspected', raises: { place: 'desktop' }, not: { ...band('none') } },
  { rule: 'document-identifiers', kind: 'document.inspected', raises: {}, not: approved },
  {
    rule: 'document-identifiers',
    kind: 'document.inspected',
    raises: { place: 'personal-network' },
    not: { place: 'cloud-sync' },
    in: 'ccg',
  },
  {
    rule: 'cloud-identifiers',
    kind: 'document.inspected',
    raises: { place: 'cloud-sync', ...few },
    not: { place: 'cloud-sync', isBulk: true },
  },
  { rule: 'sweep-identifiers', kind: 'documents.swept', raises: { worstNew: '1-9' }, not: { worstNew: 'none' } },
  {
    rule: 'inspection-behind',
    kind: 'agent.condition-changed',
    raises: { condition: 'inspection-behind' },
    not: { condition: 'inspection-behind', raised: false },
  },
];
