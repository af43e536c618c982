import type { IdentifierName, Tier } from '#shared/identifiers/inspection.ts';
import { says, saysLocal } from './labels.ts';

/** What speaks for an identifier, the strongest first. */
export type Evidence =
  /** A word near it, or above its column, that names this very kind. */
  | 'named'
  /** Words near it, or above its column, such as are said of patients. */
  | 'patient'
  /** At least ten different ones in a column or list, and at least 60 % of the ten-digit values there. */
  | 'list'
  /** Written the way only such an identifier is: 3-3-4 with one separator, two letters and six digits and a letter. */
  | 'shape'
  /** Nothing but the digits, the range and the check digit. */
  | 'bare';

/**
 * The highest tier each kind may reach by each evidence. What is absent is not counted. Only `high` may notify, so
 * what many people share or what anybody's letter holds, a postcode or a date, supports and never reaches it.
 */
export const tierTable: Record<IdentifierName, Partial<Record<Evidence, Exclude<Tier, 'test'>>>> = {
  nhsNumber: { named: 'high', patient: 'high', list: 'high', shape: 'medium', bare: 'low' },
  // Their ranges hold dates of the year and time stamps: that patients are spoken of nearby is not enough.
  chi: { named: 'high', patient: 'medium', list: 'high', shape: 'medium', bare: 'low' },
  hscNumber: { named: 'high', patient: 'medium', list: 'high', shape: 'medium', bare: 'low' },
  // It has no check digit.
  niNumber: { named: 'high', patient: 'medium', shape: 'medium' },
  postcode: { named: 'medium', shape: 'low' },
  dateOfBirth: { named: 'medium' },
  localReference: { named: 'high', shape: 'medium' },
};

const namedBy: Record<Exclude<IdentifierName, 'localReference'>, number> = {
  nhsNumber: says.nhsNumber,
  chi: says.chi,
  hscNumber: says.hscNumber,
  niNumber: says.niNumber,
  postcode: says.address,
  dateOfBirth: says.dateOfBirth,
};

/** Any of the numbers that people get from a health service speaks of patients, and so does a date of birth. */
const ofPatients = says.patient | says.dateOfBirth | says.nhsNumber | says.chi | says.hscNumber;

/**
 * What the words around an identifier prove.
 * @param context bits of `says`
 * @param shaped whether it is written as only such an identifier is
 */
export function evidenceOf(kind: IdentifierName, context: number, shaped: boolean, local = 0): Evidence {
  const naming = kind === 'localReference' ? saysLocal(local) : namedBy[kind];
  if ((context & naming) !== 0) return 'named';
  if ((context & ofPatients) !== 0) return 'patient';
  // "NHS" stands on every page of a trust: it speaks for a number in groups and not for any ten digits.
  if (shaped && (context & says.health) !== 0) return 'patient';
  return shaped ? 'shape' : 'bare';
}
