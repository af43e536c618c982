import Type from 'typebox';
import { encryptionMethods, encryptionStates } from '../device/facts.ts';
import { Count, exactObject, oneOf, Text, Time } from '../schema.ts';
import { kind } from './event.ts';
import { authorisation } from './finding.ts';

export const DriveFacts = exactObject({
  /** The system's name for the volume: `sda2`, `dm-0`. */
  name: Text,
  use: oneOf(['filesystem', 'swap']),
  filesystem: Type.Optional(Text),
  mountPoints: Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 64 }),
  sizeBytes: Type.Optional(Count),
  encryption: oneOf(encryptionStates),
  method: Type.Optional(oneOf(encryptionMethods)),
  /** Why the state is unknown, when it is. */
  because: Type.Optional(Text),
});
export type DriveFacts = Type.Static<typeof DriveFacts>;

export const driveKinds = {
  'drive.encryption-changed': kind({
    description:
      'The encryption of a fixed drive was seen for the first time, or changed, or an exception for it began or ended. Swap space counts, because memory is written to it.',
    priority: 'evidence',
    data: exactObject({
      drive: DriveFacts,
      /** State before, absent at first sight. */
      previous: Type.Optional(oneOf(encryptionStates)),
      /** When this state was first seen, by the agent's clock. */
      since: Time,
      /** Of a drive that is not encrypted: whether it was permitted to stay so for a while, and under which number. */
      authorisation: Type.Optional(authorisation.authorisation),
      approval: authorisation.approval,
    }),
    example: {
      drive: {
        name: 'sda2',
        use: 'filesystem',
        filesystem: 'ext4',
        mountPoints: ['/'],
        sizeBytes: 255_000_000_000,
        encryption: 'plain',
      },
      since: '2026-11-21T09:00:00.000Z',
    },
  }),
  'drive.removed': kind({
    description: 'A fixed drive or swap space is no longer in use.',
    priority: 'security',
    data: exactObject({ drive: DriveFacts }),
    example: { drive: { name: 'sdc1', use: 'filesystem', mountPoints: [], encryption: 'unknown' } },
  }),
};
