import Type from 'typebox';
import { exactObject } from '../schema.ts';

/** What may stand in a pattern for itself, beside letters and digits. */
const marks = '/.:_ -';

/**
 * A reference of the site's own to a person, such as the number of a case-management system. One character of the
 * pattern is one character of the text, so every pattern has a fixed length and nothing in it can make a search run
 * away. Letters fit in either case.
 */
export const LocalReference = exactObject(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      description: 'Name of the pattern, for people who read this policy.',
    }),
    pattern: Type.String({
      minLength: 5,
      maxLength: 32,
      pattern: `^[A-Za-z0-9#@?${marks}]*#[A-Za-z0-9#@?${marks}]*$`,
      description:
        'What such a reference looks like: `#` stands for a digit, `@` for a letter, `?` for either, anything else for itself: `L-######`. It needs at least one `#`.',
    }),
    words: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z]{2,20}( [A-Za-z]{2,20}){0,2}$' }), {
        maxItems: 10,
        description:
          'Words that make it sure when they stand within 300 characters or head the column: `case number`. Without one it is counted and never notifies.',
      }),
    ),
  },
  { description: 'One pattern.' },
);
export type LocalReference = Type.Static<typeof LocalReference>;
