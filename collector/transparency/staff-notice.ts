import type { Policy } from '#shared/policy/schema.ts';
import { dayInWords } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { neverRecorded, recordedFamilies } from './recorded-families.ts';

export interface NoticeFacts {
  policy: Policy;
  policyVersion: number;
  organisation: string;
  /** `2026-11-30`. */
  day: string;
}

/** What every member of staff may know, in plain words, out of the policy in force. Pure. */
export function staffNotice({ policy, policyVersion, organisation, day }: NoticeFacts): Block[] {
  const { retention, documents, mode } = policy;
  const violationDays = Math.max(retention.routineDays, retention.violationDays);
  return [
    { kind: 'heading', level: 1, text: 'What is recorded on your computer' },
    {
      kind: 'paragraph',
      text: `${organisation} uses Portcullis on its computers. It notices removable media, drives without encryption, documents kept on local disks and software that was not approved. This notice is about version ${policyVersion} of the policy “${policy.title}”, as of ${dayInWords(day)}.`,
    },
    { kind: 'heading', level: 2, text: 'Why' },
    {
      kind: 'paragraph',
      text: `Lost sticks and laptops are the most common way in which people’s information leaves an organisation. The security policy asks for device control (${policy.monitoringClause}), and the people whose records we hold rely on it. Less intrusive ways, such as rules and training alone, do not show whether a medium with records was lost.`,
    },
    { kind: 'heading', level: 2, text: 'What is never recorded' },
    {
      kind: 'list',
      items: [
        ...neverRecorded,
        ...(documents.fileNames === 'names'
          ? []
          : ['names of files: a mark that tells files apart stands in their place']),
        ...(documents.excludedFolders.length > 0
          ? [`anything in these folders: ${documents.excludedFolders.join(', ')}`]
          : []),
      ],
    },
    { kind: 'heading', level: 2, text: 'What is recorded' },
    {
      kind: 'paragraph',
      text: 'Each record has the time, the computer and, where the system tells, the name somebody was signed in with.',
    },
    ...recordedFamilies().flatMap(({ title, kinds }): Block[] => [
      { kind: 'heading', level: 3, text: title },
      { kind: 'list', items: kinds.map(({ description }) => description) },
    ]),
    { kind: 'heading', level: 2, text: 'What happens then' },
    {
      kind: 'paragraph',
      text:
        mode === 'enforce'
          ? 'What the policy forbids is stopped where the computer allows that, for example writing to a stick that was not issued.'
          : 'The policy only reports for now: nothing is stopped.',
    },
    {
      kind: 'paragraph',
      text: 'A person looks at every alert and decides; nobody is given a score, and no decision about anybody is made by the program. Where your supervisor is told of something, you can say how it was.',
    },
    { kind: 'heading', level: 2, text: 'Who sees it' },
    {
      kind: 'paragraph',
      text: 'The ICT supplier’s analysts and administrators see alerts and computers. Your supervisor sees notices about their own team. The people responsible for information governance see incidents and numbers. Auditors may look and not change. Whoever opens your history gives a reason, and the opening is recorded where you can ask for it.',
    },
    { kind: 'heading', level: 2, text: 'How long it is kept' },
    {
      kind: 'paragraph',
      text: `Details of everyday events are kept for ${retention.routineDays} days and of those that led to an alert for ${violationDays} days; longer only while an investigation or a lawful request needs them. After that the kind and time remain, without a person.`,
    },
    { kind: 'heading', level: 2, text: 'Your rights' },
    {
      kind: 'list',
      items: [
        'You can ask what is recorded about you and who looked at it, and get a copy.',
        'You can have what is wrong put right, and add your own account to a notice about you.',
        'You can object, and you can complain to the Information Commissioner’s Office.',
        'Ask your supervisor or the information governance lead first; nobody is treated worse for asking.',
      ],
    },
  ];
}
