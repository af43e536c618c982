import Type from 'typebox';
import { type DeviceClass, deviceClasses, encryptionMethods } from '../device/facts.ts';
import { pathClasses } from '../events/document.ts';
import { kindNames } from '../events/kinds.ts';
import { softwareSources } from '../events/software.ts';
import { exactObject, oneOf, Text } from '../schema.ts';
import { Approvers } from './approvers.ts';
import { Identifier } from './conditions.ts';
import { Rights } from './decision.ts';
import { Identifiers } from './identifiers.ts';
import { Notices } from './notices.ts';
import { OwnNetwork } from './own-network.ts';
import { List, Rule } from './rule.ts';
import { ScanBeforeUse } from './scan.ts';
import { Silence } from './silence.ts';
import { Clause, described, recipients, severities } from './words.ts';

export { type Severity, severities } from './words.ts';

/** A value an event's fact may have, or a list of which it must be one. */
const Scalar = Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean()]);
const Expected = Type.Union([Scalar, Type.Array(Scalar, { minItems: 1, maxItems: 64 })]);
const Expectations = Type.Record(Type.String({ maxLength: 100 }), Expected);

export const AlertRule = exactObject(
  {
    id: described('Name of the alert, once in the table.', Identifier),
    title: described('What people read in the queue.', Text),
    on: oneOf(kindNames, { description: 'The kind of event it looks at.' }),
    where: Type.Optional(
      described(
        'Dotted paths into the event and what they must be. A path that leads nowhere never matches.',
        Expectations,
      ),
    ),
    unless: Type.Optional(described('Same as `where`, and no alert if all of it holds.', Expectations)),
    severity: oneOf(severities, { description: 'How serious it is.' }),
    clause: described('The clause it serves.', Clause),
    recipients: Type.Array(oneOf(recipients), {
      minItems: 1,
      maxItems: recipients.length,
      description: 'Roles that are told.',
    }),
    tell: oneOf(['now', 'digest'], { description: 'At once, or with the next summary.' }),
  },
  { description: 'One row of the alert table.' },
);
export type AlertRule = Type.Static<typeof AlertRule>;

const ClassDefault = exactObject(
  {
    rights: described('What holds when no rule says anything of a right.', Rights),
    clause: Type.Optional(described('The clause it serves.', Clause)),
  },
  { description: 'The default of this class of device.' },
);
const classDefaults = Object.fromEntries(deviceClasses.map((name) => [name, ClassDefault])) as Record<
  DeviceClass,
  typeof ClassDefault
>;

const Approved = exactObject(
  {
    source: oneOf(softwareSources, { description: 'Where it is installed from.' }),
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Name of the package; `*` stands for any run of characters.',
    }),
    publisher: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Publisher the package must name, where given.' }),
    ),
  },
  { description: 'One approved title.' },
);

export const Lists = Type.Record(Identifier, List, {
  description: 'Named lists of devices, for `device.in` of a rule.',
});
export const Rules = Type.Array(Rule, {
  maxItems: 20_000,
  description: 'Rules in order. The first that matches and speaks of a right decides that right.',
});

/** Everything the two policies decide differently. Nothing of it is a constant in code. */
export const Policy = exactObject(
  {
    profile: described('Name of the profile, for people and reports.', Identifier),
    organisation: described('The organisation it is for.', Text),
    title: described('Its title.', Text),
    mode: oneOf(['report', 'enforce'], {
      description: 'In `report` everything is worked out and recorded, and nothing is stopped.',
    }),
    whenNoPolicy: Type.Optional(
      oneOf(['allow-and-record'], {
        default: 'allow-and-record',
        description:
          'A computer that has no policy yet allows everything and records it. There is no other choice, since nothing is there to say otherwise.',
      }),
    ),
    whenExpired: Type.Optional(
      oneOf(['keep-enforcing', 'report-only'], {
        default: 'keep-enforcing',
        description:
          'A policy past its day goes on to hold, so that nobody is let in by keeping a computer off the network; `report-only` stops nothing any more. Either way the agent reports it.',
      }),
    ),
    whenDecisionFails: Type.Optional(
      oneOf(['allow-and-record', 'class-default', 'deny'], {
        default: 'class-default',
        description:
          'When working out a decision fails, which is a fault of the program: allow, take the default of the class, or deny all but the safety floor.',
      }),
    ),
    whenAgentStarts: Type.Optional(
      oneOf(['decide-like-inserted'], {
        default: 'decide-like-inserted',
        description: 'Devices that are there when the agent starts are decided like ones that are put in.',
      }),
    ),
    monitoringClause: described(
      "Clause that asks for systems to be monitored for breaches; alerts of the collector's own carry it.",
      Clause,
    ),
    clauses: Type.Record(
      Clause,
      exactObject(
        {
          title: described('Heading of the clause.', Text),
          says: Type.String({ maxLength: 2000, description: 'What it asks, in short words.' }),
        },
        { description: 'One clause.' },
      ),
      { description: "Clauses that rules and alerts refer to, in this project's own short words." },
    ),
    devices: exactObject(
      {
        safetyFloor: Type.Array(oneOf(deviceClasses), {
          uniqueItems: true,
          description:
            'Classes no rule can deny: without them the computer cannot be used or signed in to. Keyboards and mice, hubs and smart-card readers are on it whether named or not.',
        }),
        scan: Type.Optional(ScanBeforeUse),
        defaults: exactObject(classDefaults, {
          description: 'What holds when no rule speaks. Every class is named: there is no hidden default.',
        }),
      },
      { description: 'Devices that are connected.' },
    ),
    lists: Type.Optional(Lists),
    rules: Type.Optional(Rules),
    network: Type.Optional(OwnNetwork),
    approvers: Type.Optional(Approvers),
    encryption: exactObject(
      {
        acceptedMethods: Type.Array(oneOf(encryptionMethods), {
          uniqueItems: true,
          description: 'Methods the organisation accepts as encryption.',
        }),
      },
      { description: 'Encryption of drives and media.' },
    ),
    documents: exactObject(
      {
        places: Type.Array(oneOf(pathClasses), {
          uniqueItems: true,
          description: 'Kinds of place where saving a document is recorded.',
        }),
        extensions: Type.Array(Type.String({ pattern: '^[a-z0-9]{1,16}$' }), {
          maxItems: 200,
          uniqueItems: true,
          description: 'Endings of file names that make a file a document.',
        }),
        excludedFolders: Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
          maxItems: 100,
          description:
            "Folders never looked at, for example union or occupational-health mail. `~` is each user's home.",
        }),
        fileNames: oneOf(['hash', 'names'], {
          description: "`hash` sends a keyed hash that names nobody; `names` sends the file's own name.",
        }),
      },
      { description: 'Documents saved on the computer.' },
    ),
    software: exactObject(
      {
        approved: Type.Array(Approved, { maxItems: 10_000, description: 'Software that was approved in advance.' }),
        intervalMinutes: Type.Integer({
          minimum: 1,
          maximum: 1440,
          description: 'How often the list of installed software is read again.',
        }),
      },
      { description: 'Software on the computer.' },
    ),
    identifiers: Identifiers,
    alerts: Type.Array(AlertRule, { maxItems: 500, description: 'Which events call for attention, and whose.' }),
    notices: Type.Optional(Notices),
    silence: Type.Optional(Silence),
    retention: exactObject(
      {
        routineDays: Type.Integer({ minimum: 1, maximum: 3650, description: 'Days a routine event is kept.' }),
        violationDays: Type.Integer({
          minimum: 1,
          maximum: 3650,
          description: 'Days an event that led to an alert is kept.',
        }),
      },
      { description: 'How long events are kept.' },
    ),
  },
  { description: 'A policy profile' },
);
export type Policy = Type.Static<typeof Policy>;
