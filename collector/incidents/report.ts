import { encryptionWords } from '../console/facts/device.ts';
import { encryptionTag } from '../console/media-words.ts';
import { dayInWords, moment } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { bodies, isBody } from './decisions.ts';
import type { LastKnownState } from './freeze.ts';
import { actionWords, notKnown, sectionFacts, sourceWords, stateWords } from './incident-words.ts';
import type { IncidentRecord } from './record.ts';
import { riskWords } from './risk.ts';
import { type SectionName, sections } from './sections.ts';
import type { TimelineAction } from './timeline.ts';

/** The root cause analysis of an incident in the order of CCG 6.7, for the PDF and the page to print. Pure. */
export function reportBlocks(record: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 1, text: `${record.row.number}: ${record.row.title}` },
    {
      kind: 'paragraph',
      text: 'Root cause analysis. It says what was recorded and found, and is no finding about the conduct of anybody.',
    },
    ...identity(record),
    ...section(record, 'what'),
    ...section(record, 'times'),
    ...section(record, 'assets'),
    ...frozenBlocks(record.frozen),
    ...section(record, 'people'),
    ...section(record, 'risk'),
    ...section(record, 'investigation'),
    ...evidence(record),
    ...section(record, 'cause'),
    ...earlier(record),
    ...section(record, 'recovery'),
    ...section(record, 'damage'),
    ...recommendations(record),
    ...decisions(record),
    ...approvals(record),
    ...timeline(record),
  ];
}

function identity({ row, names, clock }: IncidentRecord): Block[] {
  const by = row.opened_by === null ? 'the collector' : (names.get(row.opened_by) ?? 'a former account');
  return [
    { kind: 'heading', level: 2, text: 'Identity' },
    {
      kind: 'facts',
      rows: [
        ['Number', row.number],
        ['Organisation', row.organisation || notKnown],
        ['Policy', row.profile === '' ? notKnown : `${row.profile}, version ${row.policy_version}`],
        ['Where it stands', stateWords[row.state]],
        ['Came from', sourceWords[row.source]],
        ['Opened', `${moment(row.opened_at).words}, by ${by}`],
        ['Confirmed', at(row.confirmed_at)],
        ['Initial risk', row.risk === null ? notKnown : riskWords(row.risk)],
        ['Investigation due', at(row.due_at)],
        ['Investigator', row.investigator ?? 'Nobody yet'],
        ['72 hours', clock.words],
        ['Approved', at(row.approved_at)],
        ['Closed', at(row.closed_at)],
      ],
    },
  ];
}

function at(milliseconds: number | null): string {
  return milliseconds === null ? 'Not yet' : moment(milliseconds).words;
}

function section({ values }: IncidentRecord, name: SectionName): Block[] {
  return [
    { kind: 'heading', level: 2, text: sections[name].title },
    { kind: 'facts', rows: sectionFacts(name, values[name]) },
  ];
}

/** What was frozen when it was opened. Names of accounts stay in the record and are not printed. */
export function frozenBlocks(frozen: LastKnownState | undefined): Block[] {
  if (!frozen?.computer && !frozen?.medium) return [];
  const blocks: Block[] = [{ kind: 'heading', level: 3, text: `As it was known on ${moment(frozen.at).words}` }];
  const { computer, medium } = frozen;
  if (computer) {
    blocks.push({
      kind: 'facts',
      rows: [
        ['Computer', computer.hostname],
        ['Make and model', computer.make || notKnown],
        ['Serial number', computer.serial ?? notKnown],
        ['Last seen', computer.lastSeenAt === null ? 'Never' : moment(computer.lastSeenAt).words],
        ['Accounts that worked on it', String(computer.users.length)],
        [
          'Agent and policy',
          `agent ${computer.agentVersion ?? 'unknown'}, policy version ${computer.policyVersion ?? 'unknown'}`,
        ],
        ['Evidence', `event ${computer.events.seq}, chain ${computer.events.head}`],
      ],
    });
    blocks.push({
      ...{ kind: 'table', title: 'Encryption of its drives', columns: ['Drive', 'Use', 'Encryption', 'Since'] },
      rows: computer.drives.map((one) => [
        one.name,
        one.use,
        encryptionWords(one.encryption, one.method ?? undefined),
        moment(one.since).words,
      ]),
    });
    blocks.push(documentTable(computer.documents));
    blocks.push({
      ...{ kind: 'table', title: 'Media that were connected to it', columns: ['Medium', 'Encryption', 'Last'] },
      rows: computer.media.map((one) => [one.name, encryptionTag(one.encryption).text, moment(one.lastAt).words]),
    });
  }
  if (medium) {
    blocks.push({
      kind: 'facts',
      rows: [
        ['Medium', medium.name],
        ['Serial number', medium.serial ?? notKnown],
        ['Label', medium.label ?? 'None'],
        ['In the register', medium.register],
        ['Encryption', encryptionTag(medium.encryption).text],
        ['Last seen', medium.lastSeenAt === null ? 'Never' : moment(medium.lastSeenAt).words],
        ['Files written to it', String(medium.filesWritten)],
        ['Computers it was connected to', medium.places.map(({ hostname }) => hostname).join(', ') || 'None'],
      ],
    });
  }
  return blocks;
}

function documentTable(documents: NonNullable<LastKnownState['computer']>['documents']): Block {
  if (!documents)
    return { kind: 'paragraph', text: 'Documents on its drives: they were never gone through, so it is not known.' };
  const bands = (one: Partial<Record<string, number>>) =>
    Object.entries(one)
      .map(([band, files]) => `${band}: ${files}`)
      .join(', ');
  return {
    kind: 'table',
    title: `Documents on its drives on ${moment(documents.at).words}: ${documents.files}${documents.isComplete ? '' : ', not all of them'}`,
    columns: ['Place', 'Documents by identifiers found', 'Not looked into'],
    rows: documents.places.map((one) => [one.place, bands(one.bands), String(one.notInspected)]),
  };
}

function evidence({ alerts, evidence: items }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Evidence' },
    {
      kind: 'paragraph',
      text: 'The events behind these alerts are in the evidence bundle of this incident, each with the proof that its computer signed it.',
    },
    {
      ...{ kind: 'table', title: 'Alerts', columns: ['Alert', 'Severity', 'Computer', 'Times', 'From and to'] },
      rows: alerts.map((one) => [
        ...[`${one.title} (${one.clause})`, one.severity, one.hostname, String(one.count)],
        `${moment(one.first_at).words} to ${moment(one.last_at).words}`,
      ]),
    },
    {
      ...{ kind: 'table', title: 'Kept elsewhere', columns: ['What', 'Where', 'SHA-256', 'Named by'] },
      rows: items.map((one) => [one.what, one.kept_at, one.sha256 ?? 'No file', one.who]),
    },
  ];
}

function earlier({ earlier: { incidents, alerts } }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 3, text: 'What was like it before' },
    {
      kind: 'paragraph',
      text: `In the two years before: ${alerts.same} alerts of the same rule, person and thing, and ${alerts.rule} of the same rule anywhere.`,
    },
    {
      ...{ kind: 'table', title: 'Earlier incidents', columns: ['Number', 'What', 'When', 'In common'] },
      rows: incidents.map((one) => [one.number, one.title, moment(one.openedAt).words, one.common.join(', ')]),
    },
  ];
}

function recommendations({ recommendations: rows }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Recommendations' },
    {
      ...{ kind: 'table', title: 'What is to be done', columns: ['Action', 'Owner', 'Due', 'Status', 'Does it work?'] },
      rows: rows.map((one) => [
        one.action,
        one.owner,
        dayInWords(one.due_on),
        one.status,
        one.effect ?? 'Not checked yet',
      ]),
    },
  ];
}

function decisions({ decisions: rows }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Decisions about who is told' },
    {
      ...{ kind: 'table', title: 'Decisions', columns: ['Who', 'Told', 'Why', 'By', 'When', 'Reference'] },
      rows: rows.map((one) => [
        ...[isBody(one.body) ? bodies[one.body] : one.body, one.told === 1 ? 'Yes' : 'No', one.reason, one.who],
        ...[moment(one.at).words, one.reference ?? 'None'],
      ]),
    },
  ];
}

function approvals({ approvals: rows }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Approval' },
    {
      ...{ kind: 'table', title: 'Verdicts', columns: ['As', 'Verdict', 'By', 'When', 'Why'] },
      rows: rows.map((one) => [one.part, one.verdict, one.who, moment(one.at).words, one.reason]),
    },
  ];
}

function timeline({ timeline: rows }: IncidentRecord): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Timeline' },
    {
      ...{ kind: 'table', title: 'What was done with it', columns: ['When', 'What', 'By'] },
      rows: rows.map((one) => [
        moment(one.at).words,
        [actionWords[one.action as TimelineAction] ?? one.action, one.note ?? ''].filter(Boolean).join(': '),
        one.who ?? 'The collector',
      ]),
    },
  ];
}
