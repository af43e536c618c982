import Type from 'typebox';
import { DeviceFacts, VolumeFacts } from '../device/facts.ts';
import { exactObject, Text } from '../schema.ts';

const Groups = Type.Array(Text, { maxItems: 4096 });

/** The person at the computer. */
export const UserFacts = exactObject({ name: Type.Optional(Text), groups: Type.Optional(Groups) });
export const ComputerFacts = exactObject({
  id: Type.Optional(Text),
  hostname: Type.Optional(Text),
  groups: Type.Optional(Groups),
  site: Type.Optional(Text),
  portable: Type.Optional(Type.Boolean()),
});
export const NetworkFacts = exactObject({
  /** On the organisation's own network. */
  onNetwork: Type.Optional(Type.Boolean()),
  vpn: Type.Optional(Type.Boolean()),
});

/**
 * What a decision is about. Any fact may be absent; then it is unknown, and an unknown fact never satisfies a permit.
 */
export const Facts = exactObject({
  device: DeviceFacts,
  volume: Type.Optional(VolumeFacts),
  user: Type.Optional(UserFacts),
  computer: Type.Optional(ComputerFacts),
  network: Type.Optional(NetworkFacts),
});
export type Facts = Type.Static<typeof Facts>;
