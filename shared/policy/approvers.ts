import Type from 'typebox';
import { exactObject, oneOf } from '../schema.ts';
import { Clause, described, recipients } from './words.ts';

/** What somebody may be asked to permit. */
export const permissionKinds = [
  'software',
  'media-issue',
  'bulk-transfer',
  'local-data',
  'encryption-exception',
] as const;
export type PermissionKind = (typeof permissionKinds)[number];

export const Approver = exactObject(
  {
    roles: Type.Array(oneOf(recipients), {
      minItems: 1,
      maxItems: recipients.length,
      uniqueItems: true,
      description: 'Any one of these roles decides; which one did is recorded.',
    }),
    clause: described('The clause that says so.', Clause),
  },
  { description: 'Whose decision a permission is.' },
);
export type Approver = Type.Static<typeof Approver>;

const kind = (description: string) => Type.Optional(described(description, Approver));

export const Approvers = exactObject(
  {
    software: kind('Software outside the standard build.'),
    'media-issue': kind('Use of a medium, issued or for once.'),
    'bulk-transfer': kind('Many records moved on a medium.'),
    'local-data': kind('Data of people kept on a computer.'),
    'encryption-exception': kind('A drive or medium that stays without encryption for a while.'),
  } satisfies Record<PermissionKind, unknown>,
  { description: 'Who permits what. What is not named here nobody can permit.' },
);
