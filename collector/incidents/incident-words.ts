import { moment } from '../console/words.ts';
import type { IncidentState } from './life-cycle.ts';
import { type Field, fieldsOf, type SectionName, type Values } from './sections.ts';
import type { TimelineAction } from './timeline.ts';

export const stateWords: Record<IncidentState, string> = {
  draft: 'Draft, to be confirmed',
  confirmed: 'Confirmed, no investigator yet',
  investigating: 'Being investigated',
  'for-approval': 'Waiting for approval',
  approved: 'Approved, actions followed',
  closed: 'Closed',
  'no-incident': 'No incident',
};

export const sourceWords = {
  alert: 'An alert',
  notice: 'The answer to a notice',
  lost: 'Reported as lost or stolen',
  'self-report': 'Reported by a member of staff',
} as const;

export const actionWords: Record<TimelineAction, string> = {
  opened: 'Opened as a draft',
  'alerts-added': 'Alerts were added',
  confirmed: 'Confirmed as an incident',
  dismissed: 'Found to be no incident',
  assigned: 'The investigation was given',
  submitted: 'Sent for approval',
  returned: 'Returned to the investigation',
  approved: 'Approved',
  closed: 'Closed',
  reopened: 'Reopened',
  changed: 'A part was changed',
  decided: 'Decided who is told',
  recommended: 'A recommendation was made',
  'recommendation-changed': 'A recommendation was followed up',
  'evidence-added': 'Evidence was added',
  noted: 'Note',
  exported: 'The evidence bundle was made',
  warned: 'Alarm of the collector',
};

export const notKnown = 'Not known yet';

/** A value for people to read. */
export function valueWords(field: Field, value: Values[string] | undefined): string {
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0))
    return notKnown;
  if (field.kind === 'moment') return moment(Number(value)).words;
  if (field.kind === 'choice') return field.options[String(value)] ?? String(value);
  if (field.kind === 'many')
    return [value]
      .flat()
      .map((one) => field.options[String(one)] ?? one)
      .join('. ');
  return String(value);
}

/** Label and words of each part of a section. */
export function sectionFacts(name: SectionName, values: Values): [label: string, words: string][] {
  return fieldsOf(name).map(([key, field]) => [field.label, valueWords(field, values[key])]);
}
