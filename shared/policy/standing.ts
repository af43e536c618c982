import Type from 'typebox';
import { encryptionOwners } from '../device/facts.ts';
import { softwareSources } from '../events/software.ts';
import { exactObject, oneOf, Text, Time } from '../schema.ts';
import { DeviceMatch } from './conditions.ts';
import { rightNames } from './decision.ts';

/** What the media register can say of a medium. `expired` is not written: an issue past its day is expired. */
export const registerEntryStates = ['issued', 'lost', 'returned', 'retired'] as const;

const UsbId = Type.String({ pattern: '^[0-9a-f]{4}$' });
const Granted = Type.Array(oneOf(rightNames), { minItems: 1, maxItems: rightNames.length, uniqueItems: true });

export const RegisterEntry = exactObject({
  id: Text,
  vendorId: Type.Optional(UsbId),
  productId: Type.Optional(UsbId),
  serial: Text,
  state: oneOf(registerEntryStates),
  holder: Type.Optional(Text),
  encryptedBy: Type.Optional(oneOf(encryptionOwners)),
  approver: Text,
  /** From this instant an issued medium counts as expired. */
  expires: Type.Optional(Time),
});
export type RegisterEntry = Type.Static<typeof RegisterEntry>;

/** A granted request. It allows `rights` from `from` until just before `to`, and never takes any away. */
export const Approval = exactObject({
  id: Text,
  /** `local-data`, `software` and `encryption` (a drive that stays without it) say nothing of devices. */
  kind: oneOf(['media', 'transfer', 'local-data', 'software', 'encryption']),
  /** Only on this computer, or for this user, where given. */
  computerId: Type.Optional(Text),
  user: Type.Optional(Text),
  device: Type.Optional(DeviceMatch),
  /** With `software`: the name of the title, in any case. */
  title: Type.Optional(Text),
  rights: Type.Optional(Granted),
  /** Only while the medium is encrypted by an accepted method; before that it can be unlocked and no more. */
  encrypted: Type.Optional(Type.Boolean()),
  from: Time,
  to: Time,
  approver: Text,
  reference: Text,
});
export type Approval = Type.Static<typeof Approval>;

/** What the register of software says of a title. It comes before the list of the policy. */
export const TitleStanding = exactObject({
  source: oneOf(softwareSources),
  name: Text,
  standing: Type.Optional(oneOf(['approved', 'tolerated', 'disallowed'])),
  /** With `tolerated`: from this instant it is tolerated no more. */
  until: Type.Optional(Time),
  /** From this instant its maker looks after it no more. */
  unsupportedSince: Type.Optional(Time),
});
export type TitleStanding = Type.Static<typeof TitleStanding>;

/** A one-time code that was typed in: bound to one device and over at `until`. */
export const RedeemedCode = exactObject({ id: Text, device: DeviceMatch, rights: Granted, until: Time });
export type RedeemedCode = Type.Static<typeof RedeemedCode>;

/**
 * How things stand outside the policy: facts the collector keeps for an organisation and hands to its agents. They
 * change from hour to hour, and no new policy is published for that.
 */
export const Standing = exactObject(
  {
    /** Absent: the collector has not told it yet, which is not the same as empty. */
    register: Type.Optional(Type.Array(RegisterEntry, { maxItems: 100_000 })),
    approvals: Type.Array(Approval, { maxItems: 10_000 }),
    /** Titles of which something was decided. */
    software: Type.Optional(Type.Array(TitleStanding, { maxItems: 20_000 })),
    codes: Type.Array(RedeemedCode, { maxItems: 1000 }),
    /** What the collector knows of this computer: where it belongs, and the groups it was put in. */
    computer: Type.Optional(
      exactObject({
        site: Type.Optional(Text),
        groups: Type.Optional(Type.Array(Text, { maxItems: 256 })),
      }),
    ),
    /** An emergency: until then everything is allowed on this computer, and recorded. */
    breakGlass: Type.Optional(exactObject({ until: Time, by: Text })),
  },
  { description: 'Media register, live approvals, decided titles, redeemed codes and break-glass of one computer' },
);
export type Standing = Type.Static<typeof Standing>;
