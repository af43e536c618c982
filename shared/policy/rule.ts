import Type from 'typebox';
import { exactObject, oneOf, Text } from '../schema.ts';
import { DeviceMatch, Identifier, registerStates, When } from './conditions.ts';
import { verdicts } from './decision.ts';
import { momentPattern } from './london.ts';
import { Clause, described, evidenceLevels, oneOrMore, recipients, severities } from './words.ts';

const says = (description: string) => Type.Optional(oneOf(verdicts, { description }));

/** What a rule says of the rights it speaks of; of the others it says nothing. */
export const RuleRights = exactObject(
  {
    all: says('Every right that is not named beside it.'),
    connect: says('Whether the system may use the device at all.'),
    read: says('Whether what is on it may be read.'),
    write: says('Whether anything may be written to it.'),
    execute: says('Whether programs may be started from it.'),
  },
  { minProperties: 1, description: 'Rights the rule decides, each `allow` or `deny`.' },
);
export type RuleRights = Type.Static<typeof RuleRights>;

export const Rule = exactObject(
  {
    id: described('Name of the rule, once in the policy; decisions carry it.', Identifier),
    name: Type.Optional(described('What people read.', Text)),
    when: described('When the rule matches: everything named holds together. `{}` matches every device.', When),
    rights: RuleRights,
    mode: Type.Optional(
      oneOf(['report'], { description: 'The rule is worked out and recorded only, and settles no right.' }),
    ),
    expires: Type.Optional(
      Type.String({
        pattern: momentPattern,
        description: 'Last day on which the rule holds, in London, or the date-time with zone from which it is off.',
      }),
    ),
    reason: Type.Optional(described('Why there is this rule: a reference or a sentence.', Text)),
    owner: Type.Optional(described('Who answers for it.', Text)),
    severity: Type.Optional(oneOf(severities, { description: 'How serious it is when the rule decides.' })),
    tell: Type.Optional(
      Type.Array(oneOf(recipients), {
        minItems: 1,
        maxItems: recipients.length,
        uniqueItems: true,
        description: 'Roles that are told when the rule decides.',
      }),
    ),
    evidence: Type.Optional(
      oneOf(evidenceLevels, { description: 'What is kept of files written while the rule decides.' }),
    ),
    onUnknown: Type.Optional(
      oneOf(['match'], {
        description:
          'What the rule denies, it denies also when it cannot be known whether its condition holds. What it allows is never allowed on unknown facts.',
      }),
    ),
    clause: Type.Optional(described('The clause it serves.', Clause)),
  },
  { description: 'One rule.' },
);
export type Rule = Type.Static<typeof Rule>;

export const List = exactObject(
  {
    title: Type.Optional(described('What people read.', Text)),
    devices: Type.Optional(
      Type.Array(DeviceMatch, { maxItems: 20_000, description: 'Devices on the list; any one fits.' }),
    ),
    register: Type.Optional(
      oneOrMore(oneOf(registerStates), 'Devices of which the media register says this are on the list too.'),
    ),
  },
  { minProperties: 1, description: 'A list of devices.' },
);
export type List = Type.Static<typeof List>;
