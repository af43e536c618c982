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
export const alertActions = ['acknowledged', 'closed', 'reopened', 'noted'] as const;

/** What was typed, and what is wrong with it. */
export interface StepForm {
  action: string;
  outcome: string;
  note: string;
  errors: FormError[];
}

/** Pure: reads the form and finds its faults. */
export function readStep(body: unknown): StepForm {
  const action = fieldOf(body, 'action');
  const outcome = fieldOf(body, 'outcome');
  const note = cleanNote(fieldOf(body, 'note'));
  const errors: FormError[] = [];
  if (!alertActions.some((known) => known === action)) errors.push({ field: 'actions', text: 'Choose what to do' });
  if (action === 'closed' && !Object.hasOwn(outcomes, outcome)) {
    errors.push({ field: 'outcome', text: 'Say what the alert turned out to be' });
  }
  if (action === 'closed' && note === '') errors.push({ field: 'reason', text: 'Write how you know, in a sentence' });
  if (action === 'noted' && note === '') errors.push({ field: 'note', text: 'Write a note first' });
  if (note.length > longestNote) {
    const field = action === 'closed' ? 'reason' : 'note';
    errors.push({ field, text: `Use no more than ${longestNote.toLocaleString('en-GB')} characters` });
  }
  return { action, outcome, note, errors };
}

/** Line breaks stay; marks that reverse or hide what a reader sees do not. */
function cleanNote(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replace(/[^\n\P{C}]/gu, '\uFFFD')
    .trim();
}
