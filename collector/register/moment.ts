import { InvalidError } from '#shared/errors.ts';
import { instantOf } from '#shared/policy/london.ts';

/**
 * A day in London, or a time with its zone, as people give it.
 * @throws InvalidError when it is neither
 */
export function readMoment(text: string, edge: 'start' | 'end'): number {
  const instant = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? instantOf(text, edge) : Number.NaN;
  if (Number.isNaN(instant)) {
    throw new InvalidError('A day looks like 2026-12-31, and a time like 2026-12-31T17:00:00Z.');
  }
  return instant;
}
