import type { AlertStep } from '../alerting/alerts.ts';
import type { Analyst } from './alert-looking.ts';
import type { FormError } from './layout.ts';
import { fieldOf } from './visit.ts';

/** What an alert can turn out to be. */
export const outcomes = {
  expected: 'Expected: it was allowed or agreed',
  'put-right': 'A breach, and it has been put right',
  mistake: 'A false alarm',
  'needs-incident': 'A breach that needs an incident raised',
} as const;

const longestNote = 2000;
const alertActions = ['acknowledged', 'assigned', 'closed', 'reopened', 'noted'] as const;

/** What was typed, and what is wrong with it. */
export interface StepForm {
  /** Empty when it is none of those there are. */
  action: (typeof alertActions)[number] | '';
  outcome: string;
  note: string;
  /** Null: nobody. */
  assignee: Analyst | null;
  errors: FormError[];
}

/** Pure: reads the form and finds its faults. @param analysts who alerts can be given to */
export function readStep(body: unknown, analysts: readonly Analyst[] = []): StepForm {
  const action = alertActions.find((known) => known === fieldOf(body, 'action')) ?? '';
  const outcome = fieldOf(body, 'outcome');
  const note = cleanNote(fieldOf(body, 'note'));
  const given = fieldOf(body, 'assignee');
  const assignee = analysts.find(({ id }) => id === given) ?? null;
  const errors: FormError[] = [];
  if (action === '') errors.push({ field: 'actions', text: 'Choose what to do' });
  if (action === 'assigned' && assignee === null && given !== 'nobody') {
    errors.push({ field: 'assignee', text: 'Choose who is to look into it' });
  }
  if (action === 'closed' && !Object.hasOwn(outcomes, outcome)) {
    errors.push({ field: 'outcome', text: 'Say what the alert turned out to be' });
  }
  if (action === 'closed' && note === '') errors.push({ field: 'reason', text: 'Write how you know, in a sentence' });
  if (action === 'noted' && note === '') errors.push({ field: 'note', text: 'Write a note first' });
  if (note.length > longestNote) {
    const field = action === 'closed' ? 'reason' : 'note';
    errors.push({ field, text: `Use no more than ${longestNote.toLocaleString('en-GB')} characters` });
  }
  return { action, outcome, note, assignee, errors };
}

/** Of a form without faults. Pure. */
export function stepOf(form: StepForm, alertId: string, accountId: string, at: number): AlertStep {
  const { action, note, outcome, assignee } = form;
  const own = { alertId, accountId, at, note: note === '' ? null : note };
  switch (action) {
    case '':
      throw new TypeError('a step is taken only from a form without faults');
    case 'assigned':
      return { ...own, action, assignee: assignee?.id ?? null, note: `To ${assignee?.name ?? 'nobody'}` };
    case 'closed':
      return { ...own, action, outcome };
    case 'acknowledged':
    case 'reopened':
    case 'noted':
      return { ...own, action };
  }
}

/** Line breaks stay; marks that reverse or hide what a reader sees do not. */
export function cleanNote(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replace(/[^\n\P{C}]/gu, '\uFFFD')
    .trim();
}
