import Type from 'typebox';

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Roles a profile may send an alert to; who fills them is data of the site. */
export const recipients = [
  'user',
  'supervisor',
  'line-manager',
  'ict',
  'head-of-business-and-governance',
  'iao',
  'ig-lead',
  'ig-team',
  'siro',
  'caldicott-guardian',
] as const;

/** What is kept of files written to a device: nothing, their names, or names and SHA-256. */
export const evidenceLevels = ['none', 'names', 'hashes'] as const;

/** The same schema with the sentence the reference page and the console show for it. */
export function described<S extends Type.TSchema>(description: string, schema: S): S {
  return { ...schema, description };
}

/** One value, or a list of which any will do. */
export function oneOrMore<S extends Type.TSchema>(item: S, description: string) {
  return Type.Union([item, Type.Array(item, { minItems: 1, maxItems: 10_000 })], { description });
}

/** `focus 4.6`, `CCG 6.2`: the policy and the number of the clause in it. */
export const Clause = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]* [0-9A-Z][0-9A-Za-z.]*$', maxLength: 64 });
