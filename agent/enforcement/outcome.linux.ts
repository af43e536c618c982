import type { Outcome } from '#shared/policy/decision.ts';
import { cleanText } from '#shared/text.ts';
import type { Action, Plan } from './plan.linux.ts';

/**
 * What a plan made after the deed says of it: something that should be closed and is not is a failure, something that
 * is still to be opened is not, unless the system refused.
 * @param faults why actions were refused, machine words
 */
export function outcomeOf(after: Omit<Plan, 'volumes'>, faults: readonly string[], milliseconds: number): Outcome {
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

function names(actions: readonly Action[]): string {
  return [...new Set(actions.map((action) => action.do))].join(', ');
}
