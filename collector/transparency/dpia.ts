import type { DeviceClass } from '#shared/device/facts.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { dayInWords } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { goLiveSteps, goLiveWords, type RecordedSteps } from './go-live.ts';
import { neverRecorded, recordedFamilies } from './recorded-families.ts';
import type { NoticeFacts } from './staff-notice.ts';

export interface DpiaFacts extends NoticeFacts {
  computers: number;
  people: number;
  steps: RecordedSteps;
}

/**
 * A draft of the data protection impact assessment, filled in from the policy in force. What only people can say is
 * marked “to be completed”. Pure.
 */
export function dpia(facts: DpiaFacts): Block[] {
  const { policy, policyVersion, organisation, day } = facts;
  return [
    { kind: 'heading', level: 1, text: 'Data protection impact assessment: device control' },
    {
      kind: 'paragraph',
      text: `Draft for ${organisation}, made on ${dayInWords(day)} from policy version ${policyVersion}.`,
    },
    { kind: 'heading', level: 2, text: '1. The processing' },
    { kind: 'facts', rows: processing(facts) },
    { kind: 'paragraph', text: 'Recorded, by what it is about:' },
    {
      kind: 'table',
      title: 'Kinds of records',
      columns: ['About', 'Record'],
      rows: recordedFamilies().flatMap(({ title, kinds }) => kinds.map(({ description }) => [title, description])),
    },
    { kind: 'paragraph', text: 'Never recorded:' },
    { kind: 'list', items: neverRecorded },
    { kind: 'heading', level: 2, text: '2. Purpose and lawful basis' },
    {
      kind: 'paragraph',
      text: `Purpose: to carry out the organisation’s own security policy, clause by clause; the rules in force are the purpose, and nothing is collected “just in case”. Lawful basis: public task or legitimate interests; documents are looked into for identifiers of people on the computer itself, and only counts leave it. To be completed: the basis chosen, and the Article 9 condition.`,
    },
    {
      kind: 'table',
      title: 'Alerts and the clause each serves',
      columns: ['Alert', 'Clause'],
      rows: policy.alerts.map(({ title, clause }) => [title, clause]),
    },
    { kind: 'heading', level: 2, text: '3. Necessity and proportion' },
    { kind: 'list', items: proportion(policy) },
    {
      kind: 'table',
      title: 'What is allowed by default',
      columns: ['Device', 'Read', 'Write'],
      rows: defaults(policy),
    },
    { kind: 'heading', level: 2, text: '4. Risks to people, and what is done about them' },
    { kind: 'table', title: 'Risks', columns: ['Risk', 'What is done', 'What is left'], rows: risks },
    { kind: 'heading', level: 2, text: '5. Consultation and approval' },
    {
      kind: 'table',
      title: 'Before agents are enrolled outside a trial',
      columns: ['Step', 'Reference', 'Decided on', 'By'],
      rows: goLiveSteps.map((step) => {
        const done = facts.steps[step];
        return [
          goLiveWords[step],
          ...(done ? [done.reference, done.decided_on, done.decided_by] : ['to be completed', '', '']),
        ];
      }),
    },
  ];
}

function processing({ policy, computers, people, organisation }: DpiaFacts): [string, string][] {
  const { retention } = policy;
  return [
    ['Controller', organisation],
    ['Processor', 'The ICT supplier who runs the collector (to be completed: contract)'],
    ['People concerned', `${people} people of the register, on ${computers} computers`],
    ['Personal data', 'Sign-in names, computers used, times, devices, counts and bands; no content'],
    [
      'File names',
      policy.documents.fileNames === 'names' ? 'Recorded as they are' : 'Replaced by keyed marks on the computer',
    ],
    [
      'Kept',
      `${retention.routineDays} days; ${Math.max(retention.routineDays, retention.violationDays)} days what led to an alert`,
    ],
    ['Where', 'One database at the collector; sent over TLS, signed by each computer'],
    ['Automated decisions', 'None about people. A device may be refused; a person can allow it.'],
  ];
}

function proportion({ mode, documents }: Policy): string[] {
  return [
    mode === 'enforce'
      ? 'The policy is enforced on devices; people’s work is not scored.'
      : 'The policy reports only: rules are tried on what happened before they stop anything.',
    documents.excludedFolders.length > 0
      ? `Folders that are never looked at: ${documents.excludedFolders.join(', ')}.`
      : 'No folder is left out. To be completed: whether private or union folders should be.',
    'A supervisor is told the class of the device and the rule, not the names of files.',
    'A phone on charge is a class of device and nothing more.',
    'There is no hidden mode: the staff notice is made from the policy in force.',
  ];
}

const words: Partial<Record<DeviceClass, string>> = {
  'usb-storage': 'USB stick',
  'external-disk': 'External disk',
  'memory-card': 'Memory card',
  hid: 'Keyboard, mouse',
  smartcard: 'Smartcard reader',
};

function defaults({ devices }: Policy): string[][] {
  return Object.entries(devices.defaults).map(([name, { rights }]) => [
    words[name as DeviceClass] ?? name,
    rights.read,
    rights.write,
  ]);
}

const risks: string[][] = [
  ['Staff feel watched', 'Staff notice, consultation, no content, no score', 'Some discomfort'],
  [
    'A curious console user',
    'Roles, a reason for a person’s history, an audit trail nobody can change',
    'Abuse is seen, not prevented',
  ],
  [
    'Wrong conclusions about a person',
    'Facts without blame, confidence told, the person’s own side on each notice',
    'A person decides',
  ],
  [
    'The database is lost or stolen',
    'No content and no identifiers in it; retention; access limited',
    'Names and times',
  ],
  [
    'Records kept too long',
    'A daily run takes them away and writes down what it did; holds need a reason',
    'The audit trail stays',
  ],
  [
    'Private use seen by chance',
    'Local disks of the organisation only; excluded folders; keyed marks for names',
    'That something was saved',
  ],
];
