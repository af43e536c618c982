import { PortcullisError } from '#shared/errors.ts';
import type { FormError } from './layout.ts';

/**
 * A refusal of the part that owns the data, as faults of the form; a message of several lines is several faults.
 * Anything else is no refusal and goes on its way.
 * @param field where people find what to mend
 */
export function formErrors(error: unknown, field: string): FormError[] {
  if (!(error instanceof PortcullisError)) throw error;
  return error.message
    .split('\n')
    .slice(0, 50)
    .map((text) => ({ field, text }));
}
