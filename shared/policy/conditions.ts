import Type from 'typebox';
import {
  buses,
  deviceClasses,
  encryptionMethods,
  encryptionOwners,
  encryptionStates,
  serialTrusts,
} from '../device/facts.ts';
import { Count, exactObject, oneOf } from '../schema.ts';
import { days, momentPattern } from './london.ts';
import { described, oneOrMore } from './words.ts';

export const Identifier = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });

const Words = Type.String({ minLength: 1, maxLength: 255 });
const UsbId = Type.String({ pattern: '^[0-9a-f]{4}$' });
const InterfacePattern = Type.String({
  pattern: '^[0-9a-f]{2}:([0-9a-f]{2}:([0-9a-f]{2}|\\*)|\\*:\\*)$',
});
const Interfaces = Type.Array(InterfacePattern, { minItems: 1, maxItems: 64 });
const Size = exactObject(
  {
    from: Type.Optional(described('Smallest size, included.', Count)),
    to: Type.Optional(described('Largest size, included.', Count)),
  },
  { minProperties: 1, description: 'A size in bytes, at least one end given.' },
);
const SerialEnds = exactObject(
  {
    from: described('First serial number.', Words),
    to: described('Last serial number, included; as long as the first.', Words),
  },
  { description: 'Serial numbers that differ in their last digits only.' },
);
const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });
const Moment = Type.String({ pattern: momentPattern });

const deviceMatch = {
  class: Type.Optional(
    oneOrMore(oneOf(deviceClasses), 'What the device is, judged by its interfaces and not by its name.'),
  ),
  vendorId: Type.Optional(oneOrMore(UsbId, 'Four hexadecimal digits in quotes: `"0781"`.')),
  productId: Type.Optional(oneOrMore(UsbId, 'Four hexadecimal digits in quotes: `"5581"`.')),
  serial: Type.Optional(
    oneOrMore(
      Type.Union([Words, SerialEnds]),
      'Serial number, with `*` for any run of characters, or a range. Never fits a serial number the device does not have of its own, unless `serialTrust` stands beside it.',
    ),
  ),
  serialTrust: Type.Optional(
    oneOrMore(
      oneOf(serialTrusts),
      'How far the serial number can be believed. Beside `serial` it says which kinds of serial number may be compared.',
    ),
  ),
  vendor: Type.Optional(oneOrMore(Words, 'Name of the maker as the device gives it, with `*`.')),
  product: Type.Optional(oneOrMore(Words, 'Name of the product as the device gives it, with `*`.')),
  port: Type.Optional(oneOrMore(Words, 'Where it is plugged in, in the words of the system, with `*`.')),
  bus: Type.Optional(oneOrMore(oneOf(buses.filter((bus) => bus !== 'unknown')), 'How it is connected.')),
  sizeBytes: Type.Optional(described('How much it holds.', Size)),
  interfaces: Type.Optional(
    exactObject(
      {
        allOf: Type.Optional(described('Each of these is there.', Interfaces)),
        anyOf: Type.Optional(described('At least one of these is there.', Interfaces)),
        noneOf: Type.Optional(described('None of these is there.', Interfaces)),
        only: Type.Optional(described('There is one at least, and nothing but these.', Interfaces)),
      },
      {
        minProperties: 1,
        description: 'USB interfaces as class:subclass:protocol: `"08:06:50"`, `"08:06:*"` or `"08:*:*"`.',
      },
    ),
  ),
};

/** What a device may be told by without asking the register: the entries of a list, approvals and codes. */
export const DeviceMatch = exactObject(deviceMatch, { minProperties: 1, description: 'Facts of one device.' });
export type DeviceMatch = Type.Static<typeof DeviceMatch>;

/** What a rule may ask of the media register. */
export const registerStates = ['issued', 'expired', 'lost', 'returned', 'retired', 'unregistered'] as const;
export type RegisterState = (typeof registerStates)[number];

const DeviceCondition = exactObject(
  {
    ...deviceMatch,
    register: Type.Optional(
      oneOrMore(oneOf(registerStates), 'What the media register says of the medium with this serial number.'),
    ),
    in: Type.Optional(oneOrMore(Identifier, 'A list of this policy that the device is on.')),
  },
  { minProperties: 1, description: 'The device.' },
);
export type DeviceCondition = Type.Static<typeof DeviceCondition>;

const VolumeCondition = exactObject(
  {
    label: Type.Optional(oneOrMore(Words, 'Name of the volume, with `*`.')),
    filesystem: Type.Optional(oneOrMore(Words, 'Type of the file system, with `*`: `vfat`, `ntfs*`.')),
    sizeBytes: Type.Optional(described('How much it holds.', Size)),
    encryption: Type.Optional(
      oneOrMore(
        oneOf(encryptionStates.filter((state) => state !== 'unknown')),
        'State of the encryption. What cannot be told is unknown and fits none; use `onUnknown: match` for it.',
      ),
    ),
    method: Type.Optional(
      oneOrMore(
        oneOf([...encryptionMethods, 'accepted']),
        'How it is encrypted; `accepted` is any method listed under `encryption.acceptedMethods`.',
      ),
    ),
    encryptedBy: Type.Optional(
      oneOrMore(oneOf(encryptionOwners), 'Whose key it is, as the system or the media register tells.'),
    ),
    readOnly: Type.Optional(Type.Boolean({ description: 'Whether it is in use without being written to.' })),
  },
  { minProperties: 1, description: 'The volume in use. Unknown until one is.' },
);
export type VolumeCondition = Type.Static<typeof VolumeCondition>;

const UserCondition = exactObject(
  {
    name: Type.Optional(oneOrMore(Words, 'Account name, with `*`.')),
    groups: Type.Optional(oneOrMore(Words, 'A group the person is in, with `*`.')),
  },
  { minProperties: 1, description: 'The person signed in.' },
);
export type UserCondition = Type.Static<typeof UserCondition>;

const ComputerCondition = exactObject(
  {
    id: Type.Optional(oneOrMore(Words, 'Identifier of the computer in the collector.')),
    hostname: Type.Optional(oneOrMore(Words, 'Name of the computer, with `*`.')),
    groups: Type.Optional(oneOrMore(Words, 'A group the computer is in, with `*`.')),
    site: Type.Optional(oneOrMore(Words, 'Place the computer belongs to, with `*`.')),
    portable: Type.Optional(Type.Boolean({ description: 'Whether it is a laptop or tablet.' })),
  },
  { minProperties: 1, description: 'The computer the device is connected to.' },
);
export type ComputerCondition = Type.Static<typeof ComputerCondition>;

const NetworkCondition = exactObject(
  {
    onNetwork: Type.Optional(Type.Boolean({ description: "Whether it is on the organisation's own network." })),
    vpn: Type.Optional(Type.Boolean({ description: "Whether it is joined to it by the organisation's VPN." })),
  },
  { minProperties: 1, description: 'The network the computer is on.' },
);
export type NetworkCondition = Type.Static<typeof NetworkCondition>;

const TimeCondition = exactObject(
  {
    after: Type.Optional(
      described('From this time of day on, included. Later than `before`: the hours run over midnight.', TimeOfDay),
    ),
    before: Type.Optional(described('Until this time of day, not included.', TimeOfDay)),
    days: Type.Optional(oneOrMore(oneOf(days), 'Days of the week.')),
    from: Type.Optional(described('From this date, or date-time with zone, on.', Moment)),
    to: Type.Optional(described('To the end of this date, or until this date-time with zone.', Moment)),
  },
  { minProperties: 1, description: 'When it is, by the clock in London, summer time included.' },
);
export type TimeCondition = Type.Static<typeof TimeCondition>;

const parts = {
  device: Type.Optional(DeviceCondition),
  volume: Type.Optional(VolumeCondition),
  user: Type.Optional(UserCondition),
  computer: Type.Optional(ComputerCondition),
  network: Type.Optional(NetworkCondition),
  time: Type.Optional(TimeCondition),
};
export type Part = keyof typeof parts;

/** A condition: everything named in it holds together. An empty one holds always. */
export interface When extends Type.Static<ReturnType<typeof Type.Object<typeof parts>>> {
  all?: When[];
  any?: When[];
  not?: When;
}

const Inner = Type.Ref('When');
export const When = Type.Unsafe<When>(
  Type.Cyclic(
    {
      When: exactObject(
        {
          ...parts,
          all: Type.Optional(
            Type.Array(Inner, { minItems: 1, maxItems: 1000, description: 'Conditions that all hold.' }),
          ),
          any: Type.Optional(
            Type.Array(Inner, { minItems: 1, maxItems: 1000, description: 'Conditions of which at least one holds.' }),
          ),
          not: Type.Optional(described('A condition that does not hold.', Inner)),
        },
        { description: 'Everything named holds together. An empty condition holds always.' },
      ),
    },
    'When',
  ),
);
