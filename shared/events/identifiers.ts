import Type from 'typebox';
import { DeviceFacts, VolumeFacts } from '../device/facts.ts';
import { bands } from '../identifiers/inspection.ts';
import { registerStates } from '../policy/conditions.ts';
import { Count, exactObject, oneOf } from '../schema.ts';
import { kind } from './event.ts';
import { authorisation } from './finding.ts';

export const identifierKinds = {
  'identifiers.bulk-reached': kind({
    description:
      'Distinct identifiers of people that left this computer reached the number from which a transfer is bulk: in one file, or by one user in a day.',
    priority: 'evidence',
    data: exactObject({
      /** `user-day` is told once for each user and day (of the clock in London), and not where a file was bulk by itself. */
      scope: oneOf(['file', 'user-day']),
      band: oneOf(bands),
      /** The policy's number. */
      bulkFrom: Count,
      drill: Type.Boolean(),
      /** Where the file that reached it was written to. */
      place: oneOf(['removable', 'cloud-sync']),
      device: Type.Optional(DeviceFacts),
      volume: Type.Optional(VolumeFacts),
      register: Type.Optional(oneOf(registerStates)),
      ...authorisation,
    }),
    example: { scope: 'file', band: '50-99', bulkFrom: 50, drill: false, place: 'cloud-sync', authorisation: 'none' },
  }),
};
