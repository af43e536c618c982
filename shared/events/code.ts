import Type from 'typebox';
import { DeviceFacts } from '../device/facts.ts';
import { ChallengeText, codeScopes } from '../policy/code.ts';
import { rightNames } from '../policy/decision.ts';
import { Count, exactObject, oneOf, Time } from '../schema.ts';
import { kind } from './event.ts';

const stick = {
  class: 'usb-storage' as const,
  bus: 'usb' as const,
  vendorId: '0781',
  productId: '5581',
  serial: 'EX0000000001',
  serialTrust: 'device' as const,
  interfaces: ['08:06:50'],
};

/** What a code is about: `device` is absent when it is for the whole computer. */
const about = {
  /** What was read out on the telephone; names the code ever after. */
  challenge: ChallengeText,
  scope: oneOf(codeScopes),
  device: Type.Optional(DeviceFacts),
};

export const codeKinds = {
  'code.redeemed': kind({
    description:
      'A one-time code was typed in. With scope `computer` it is break-glass: everything is allowed on this computer until it ends.',
    priority: 'evidence',
    data: exactObject({
      ...about,
      rights: Type.Array(oneOf(rightNames), { minItems: 1, maxItems: rightNames.length }),
      minutes: Count,
      until: Time,
    }),
    example: {
      challenge: '7K3M9QXV',
      scope: 'device',
      device: stick,
      rights: ['connect', 'read'],
      minutes: 60,
      until: '2026-11-21T10:15:00.000Z',
    },
  }),
  'code.ended': kind({
    description: 'What a one-time code had granted is over, because its time ran out or it was cancelled.',
    priority: 'evidence',
    data: exactObject({ ...about, because: oneOf(['expired', 'cancelled']) }),
    example: { challenge: '7K3M9QXV', scope: 'device', device: stick, because: 'expired' },
  }),
  'code.refused': kind({
    description: 'Wrong one-time codes were typed in so often that no more are taken for a while.',
    priority: 'evidence',
    data: exactObject({ attempts: Count, waitSeconds: Count }),
    example: { attempts: 5, waitSeconds: 300 },
  }),
};
