import Type from 'typebox';
import { bands } from '../identifiers/inspection.ts';
import { Base64Url, Count, exactObject, oneOf, Text } from '../schema.ts';
import { kind } from './event.ts';
import { authorisation, findings, findingsExample } from './finding.ts';

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

/** Lower case, without the dot: `docx`. */
const Extension = Type.String({ pattern: '^[a-z0-9]{1,16}$' });
/** The file's own name without folders; only where the profile says `fileNames: names`. */
const Name = Type.String({ maxLength: 1024 });

/** How many files fell into each band. A band without any is left out. */
export const BandCounts = exactObject(
  Object.fromEntries(bands.map((band) => [band, Type.Optional(Count)])) as Record<
    (typeof bands)[number],
    Type.TOptional<typeof Count>
  >,
);
export type BandCounts = Type.Static<typeof BandCounts>;

export const documentKinds = {
  'document.saved': kind({
    description: 'A document was saved in a watched place. One save is one event, however the editor goes about it.',
    priority: 'routine',
    data: exactObject({
      place: oneOf(pathClasses),
      extension: Extension,
      sizeBytes: Count,
      /** HMAC-SHA-256 of the full path with a key that stays on the computer: tells files apart, names none. */
      nameHash: Base64Url,
      name: Type.Optional(Name),
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
  'document.inspected': kind({
    description:
      'A document that was saved was looked into for identifiers of people. Follows `document.saved`; counts only, never what was found.',
    priority: 'evidence',
    data: exactObject({
      place: oneOf(pathClasses),
      extension: Extension,
      sizeBytes: Count,
      /** The same mark as in `document.saved`. */
      nameHash: Base64Url,
      name: Type.Optional(Name),
      ...findings,
      ...authorisation,
    }),
    example: {
      place: 'documents',
      extension: 'docx',
      sizeBytes: 24_576,
      nameHash: 'l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE',
      ...findingsExample,
      authorisation: 'none',
    },
  }),
  'documents.swept': kind({
    description:
      'The documents on local disks were gone through, those of them that were not looked into yet were looked into, and this is what lies there.',
    priority: 'security',
    data: exactObject({
      /** The detector that counted. Another one makes the next sweep look into everything again. */
      detector: Text,
      drill: Type.Boolean(),
      /** Documents found, and how many of them had to be looked into now. */
      files: Count,
      inspected: Count,
      /** Per kind of place: documents by band, and those nothing can be said of. */
      places: Type.Array(exactObject({ place: oneOf(pathClasses), bands: BandCounts, notInspected: Count }), {
        maxItems: pathClasses.length,
      }),
      /** The gravest band among those looked into now; absent when none was. */
      worstNew: Type.Optional(oneOf(bands)),
      /** False when it was cut short: there were more folders than it may walk. */
      isComplete: Type.Boolean(),
      durationMs: Count,
    }),
    example: {
      detector: 'portcullis-1',
      drill: false,
      files: 1204,
      inspected: 17,
      places: [{ place: 'documents', bands: { none: 1190, '1-9': 12 }, notInspected: 2 }],
      worstNew: '1-9',
      isComplete: true,
      durationMs: 93_000,
    },
  }),
};
