import type { BandCounts } from '#shared/events/document.ts';
import type { Authorisation } from '#shared/events/finding.ts';
import {
  type Band,
  bands,
  type IdentifierName,
  type Inspection,
  type InspectionStatus,
  identifierNames,
  type TierCounts,
  tiers,
} from '#shared/identifiers/inspection.ts';
import { counted } from '../words.ts';
import { type Fact, factList } from './fact.ts';

/** Part of an event that tells what was found in a file. */
export interface Finding {
  inspection: Inspection;
  drill: boolean;
  isBulk: boolean;
  seenOnShared: 'yes' | 'no' | 'unknown';
  authorisation: Authorisation;
  approval?: string;
}

const statusWords: Record<InspectionStatus, string> = {
  inspected: 'Looked into',
  encrypted: 'Encrypted, so it could not be looked into',
  'not-inspectable': 'Of a kind that cannot be looked into',
  'too-large': 'Too large to be looked into',
  failed: 'Could not be looked into',
};

const identifierWords: Record<IdentifierName, string> = {
  nhsNumber: 'NHS numbers',
  chi: 'CHI numbers',
  hscNumber: 'H&C numbers',
  niNumber: 'National Insurance numbers',
  postcode: 'Postcodes',
  dateOfBirth: 'Dates of birth',
  localReference: "The site's own references",
};

const sharedWords = {
  yes: 'Seen on a shared drive by this computer',
  no: 'Not seen on a shared drive by this computer in the last day. There may be one all the same',
  unknown: 'Not known',
};

const authorisationWords: Record<Authorisation, string> = {
  approved: 'Authorised',
  none: 'No authorisation covers it',
  unknown: 'Not known: the computer had not been told of approvals',
};

/** `50 to 99`, `500 or more`. */
export function bandWords(band: Band): string {
  if (band === 'none') return 'None';
  return band === '500+' ? '500 or more' : band.replace('-', ' to ');
}

/** In one phrase, for a headline. */
export function findingWords({ inspection: { status, band }, drill }: Pick<Finding, 'inspection' | 'drill'>): string {
  if (status !== 'inspected' || band === undefined) return statusWords[status].toLowerCase();
  const people = band === 'none' ? 'no identifiers of people' : `${bandWords(band)} identifiers of people`;
  return drill && band !== 'none' ? `${people} (drill)` : people;
}

export function findingFacts(finding: Finding): Fact[] {
  const { inspection, drill, isBulk, seenOnShared } = finding;
  const { status, reason, identifiers = {}, band, detector } = inspection;
  return [
    ...factList({
      'Looked into': status === 'inspected' ? undefined : statusWords[status],
      'Not whole because': reason,
      'Identifiers of people': band && bandWords(band),
      Bulk: isBulk ? 'Yes, by this file alone' : undefined,
    }),
    ...drillFacts(drill),
    ...identifierNames.flatMap((name) => tierFacts(identifierWords[name], identifiers[name])),
    ...authorisationFacts(finding),
    ...factList({ 'Copy on a shared drive': sharedWords[seenOnShared], Detector: detector }),
  ];
}

export function drillFacts(drill: boolean): Fact[] {
  return drill ? [{ term: 'Drill', text: 'Test numbers counted as if they were real: the policy has a drill on' }] : [];
}

export function authorisationFacts({ authorisation, approval }: Pick<Finding, 'authorisation' | 'approval'>): Fact[] {
  return factList({ Authorisation: authorisationWords[authorisation], 'Approval number': approval });
}

function tierFacts(term: string, counts: TierCounts | undefined): Fact[] {
  if (!counts) return [];
  const words = { high: 'sure', medium: 'likely', low: 'possible', test: 'of the test range' };
  const told = tiers
    .filter((tier) => counts[tier] > 0)
    .map((tier) => `${counts[tier].toLocaleString('en-GB')} ${words[tier]}`);
  return told.length > 0 ? [{ term, text: told.join(', ') }] : [];
}

/** `3 files without any, 1 with 50 to 99 identifiers`. */
export function bandCountsText(counts: BandCounts, notInspected: number): string {
  const parts = bands.flatMap((band) => {
    const count = counts[band] ?? 0;
    if (count === 0) return [];
    return [`${counted(count, 'file')} with ${band === 'none' ? 'none' : bandWords(band)}`];
  });
  if (notInspected > 0) parts.push(`${counted(notInspected, 'file')} not looked into`);
  return parts.join(', ') || 'No files';
}
