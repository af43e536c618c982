import Type from 'typebox';
import { Base64Url, Count, exactObject, oneOf } from '../schema.ts';
import { kind } from './event.ts';

/**
 * Kinds of place a document can lie in. The two policies name different ones: focus forbids the hard disk including
 * the desktop (3.2, 4.4), the CCG personal drives, My Documents and the desktop (5).
 */
export const pathClasses = [
  'local-fixed',
  'desktop',
  'documents',
  'downloads',
  'personal-network',
  'removable',
  'shared',
  'cloud-sync',
  'temporary',
] as const;
export type PathClass = (typeof pathClasses)[number];

export const documentKinds = {
  'document.saved': kind({
    description: 'A document was saved in a watched place. One save is one event, however the editor goes about it.',
    priority: 'routine',
    data: exactObject({
      place: oneOf(pathClasses),
      /** Lower case, without the dot: `docx`. */
      extension: Type.String({ pattern: '^[a-z0-9]{1,16}$' }),
      sizeBytes: Count,
      /** HMAC-SHA-256 of the full path with a key that stays on the computer: tells files apart, names none. */
      nameHash: Base64Url,
      /** The file's own name without folders; only where the profile says `fileNames: names`. */
      name: Type.Optional(Type.String({ maxLength: 1024 })),
      /** True when it was found by a rescan after signals were lost, so the time is that of the finding. */
      foundByRescan: Type.Optional(Type.Boolean()),
    }),
    example: {
      place: 'documents',
      extension: 'docx',
      sizeBytes: 24_576,
      nameHash: 'l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE',
    },
  }),
};
