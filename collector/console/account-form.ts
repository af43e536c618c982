import { PortcullisError } from '#shared/errors.ts';
import type { AccountDetails } from '../accounts/accounts.ts';
import { isRole, roles, roleWords } from '../accounts/roles.ts';
import { readMoment } from '../register/moment.ts';
import type { FormError } from './layout.ts';
import { fieldOf } from './visit.ts';

/** What was typed about an account. */
export interface AccountForm {
  username: string;
  displayName: string;
  role: string;
  organisation: string;
  teamId: string;
  person: string;
  validFrom: string;
  validTo: string;
}

/** Pure. */
export function readAccountForm(body: unknown): AccountForm {
  const text = (name: string) => fieldOf(body, name).trim().slice(0, 255);
  return {
    username: text('username').slice(0, 64),
    displayName: text('displayName'),
    role: text('role'),
    organisation: text('organisation'),
    teamId: text('teamId'),
    person: text('person'),
    validFrom: text('validFrom'),
    validTo: text('validTo'),
  };
}

/** What the form means, or what is wrong with it. `personId` is found by the caller. Pure. */
export function accountDetails(
  form: AccountForm,
  personId: string | null,
): { details?: AccountDetails; errors: FormError[] } {
  const { displayName, role, organisation, teamId } = form;
  const errors: FormError[] = [];
  if (displayName === '') errors.push({ field: 'displayName', text: 'Give the name of the person' });
  if (!isRole(role)) return { errors: [...errors, { field: 'role', text: 'Choose a role' }] };
  const validFrom = day(form.validFrom, 'start', 'validFrom', errors);
  const validTo = day(form.validTo, 'end', 'validTo', errors);
  if (validFrom !== null && validTo !== null && validTo <= validFrom) {
    errors.push({ field: 'validTo', text: 'The last day comes before the first' });
  }
  if (errors.length > 0) return { errors };
  const scope = { organisation: organisation || null, teamId: teamId || null, personId };
  return { errors, details: { displayName, role, ...scope, validFrom, validTo } };
}

function day(text: string, edge: 'start' | 'end', field: string, errors: FormError[]): number | null {
  if (text === '') return null;
  try {
    return readMoment(text, edge);
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    errors.push({ field, text: 'Give a day such as 2026-12-31, or nothing' });
    return null;
  }
}

export const roleItems = [
  { value: '', text: 'Choose a role' },
  ...roles.map((value) => ({ value, text: roleWords[value] })),
];
