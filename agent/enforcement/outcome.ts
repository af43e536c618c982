import type { Outcome } from '#shared/policy/decision.ts';
import { cleanText } from '#shared/text.ts';

/** What a plan made after the deed has to say, on whatever system. */
export interface Leftover {
  /** What is left to do; `gives` says of a thing that it opens something. */
  actions: readonly { do: string; gives: boolean }[];
  mechanisms: readonly string[];
  waits?: string;
  spared?: string;
  note?: string;
}

/**
 * What a plan made after the deed says of it: something that should be closed and is not is a failure, something that
 * is still to be opened is not, unless the system refused.
 * @param faults why actions were refused, machine words
 */
export function outcomeOf(after: Leftover, faults: readonly string[], milliseconds: number): Outcome {
  const mechanism = cleanText(after.mechanisms.join('; ') || 'allowed as it is');
  const common = { mechanism, milliseconds: Math.round(milliseconds) };
  const because = (text: string | undefined) => (text === undefined ? {} : { because: cleanText(text) });
  const isOpen = after.actions.some(({ gives }) => !gives);
  if (isOpen || (after.actions.length > 0 && faults.length > 0)) {
    return { state: 'failed', ...common, ...because(`Not done: ${names(after.actions)}. ${faults.join(', ')}`) };
  }
  if (after.spared !== undefined) return { state: 'unsupported', ...common, ...because(after.spared) };
  if (after.actions.length > 0) return { state: 'pending', ...common, ...because('It is being let in.') };
  if (after.waits !== undefined) return { state: 'pending', ...common, ...because(after.waits) };
  return { state: 'applied', ...common, ...because(after.note) };
}

function names(actions: Leftover['actions']): string {
  return [...new Set(actions.map((action) => action.do))].join(', ');
}
