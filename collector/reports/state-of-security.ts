import { severities } from '#shared/policy/schema.ts';
import { sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { countIds, type FigureId, type StateFigures, stateIds } from './figure-list.ts';
import { type Figures, figuresOf, type MonthCounts, monthsUpTo } from './figures.ts';
import { facts, figureTable, figureText, framed, number, shortMonth } from './frame.ts';
import { lastMonth, periodWords } from './period.ts';
import type { ReportKind } from './report.ts';

const monthsShown = 12;

/** The monthly report of the Head of Business and Governance (focus 3.5): whether the policy is carried out. */
export const stateOfSecurity: ReportKind = {
  name: 'state-of-security',
  title: 'State of security',
  about:
    'Monthly, for the Head of Business and Governance (focus 3.5): coverage, alerts, media, local saves, encryption, software, protection, decisions.',
  readers: [
    'ict-analyst',
    'ict-administrator',
    'head-of-business-and-governance',
    'ig-lead',
    'siro',
    'caldicott-guardian',
    'iao',
    'auditor',
  ],
  usual: lastMonth,
  async make({ store, now, organisation, period, mask }) {
    const about = period ?? lastMonth(now);
    const read = await figuresOf(store, about, now);
    const figures = { ...read, rules: read.rules.map((rule) => ({ ...rule, title: mask(rule.title) })) };
    const months = await monthsUpTo(store, about.to.slice(0, 7), monthsShown);
    const title = `State of security, ${periodWords(about)}`;
    const body = stateBlocks(figures, months);
    return {
      title,
      dataAsOf: figures.dataAsOf,
      blocks: framed({ title, organisation, period: about, now, basis: figures, body }),
      table: figureTable(figures, [...stateIds, ...countIds]),
      data: { period: about, ...figures, heard: figures.heard.length, months },
    };
  },
};

/** Pure. @param months the months up to the period's last, oldest first */
export function stateBlocks(figures: Figures, months: readonly MonthCounts[]): Block[] {
  const byMonth = (title: string, id: keyof MonthCounts['counts']): Block => ({
    kind: 'bars',
    title,
    columns: ['Month', 'Number'],
    bars: months.map(({ month, counts }) => ({ label: shortMonth(month), count: counts[id] })),
  });
  return [
    { kind: 'heading', level: 2, text: 'In short' },
    { kind: 'list', items: inShort(figures) },
    ...alertBlocks(figures),
    { kind: 'heading', level: 2, text: 'Removable media' },
    facts(
      figures,
      'events.media.attached',
      'events.media.file-written',
      'media.seen',
      'media.unregistered',
      'media.issued',
      'media.lost',
      'media.reportedLost',
    ),
    byMonth('Connections of removable media and devices by month', 'events.media.attached'),
    { kind: 'heading', level: 2, text: 'Documents saved on the computers' },
    facts(figures, 'events.document.saved', 'events.document.inspected'),
    byMonth('Documents saved in watched places by month', 'events.document.saved'),
    ...encryptionBlocks(figures),
    { kind: 'heading', level: 2, text: 'Software and licences' },
    facts(
      figures,
      'software.titles',
      'software.undecided',
      'software.disallowed',
      'software.toleranceOver',
      'software.unsupported',
      'licences.short',
      'licences.over',
      'licences.ended',
      'events.software.installed',
    ),
    { kind: 'heading', level: 2, text: 'Protection of the computers' },
    protectionTable(figures),
    { kind: 'heading', level: 2, text: 'The agents themselves' },
    facts(figures, 'computers.policyCurrent', 'computers.areasFailed', 'events.agent.tampered', 'events.events.lost'),
    { kind: 'heading', level: 2, text: 'Decisions and oversight' },
    facts(
      figures,
      'approvals.requested',
      'approvals.granted',
      'approvals.refused',
      'approvals.inForce',
      'approvals.waiting',
      'codes.made',
      'accounts.inUse',
      'accounts.overdue',
      'histories.opened',
      'policies.published',
    ),
  ];
}

function inShort(figures: Figures): string[] {
  const value = (id: FigureId) => figureText(figures, id);
  return [
    `Alerts opened: ${value('alerts.opened')}; of these high or critical: ${number(figures.counts['alerts.high'] + figures.counts['alerts.critical'])}. Closed: ${value('alerts.closed')}. Not closed at the date of the data: ${value('alerts.open')}.`,
    `Computers with a drive that is not encrypted: ${value('computers.drivesPlain')}; of these portable: ${value('computers.portablePlain')}. Not known: ${value('computers.drivesUnknown')}.`,
    `Removable media seen that nobody issued: ${value('media.unregistered')}. Not encrypted: ${value('media.plain')}. Not known: ${value('media.unknown')}.`,
    `Titles installed without approval that nobody has decided on: ${value('software.undecided')}. Disallowed and installed: ${value('software.disallowed')}.`,
  ];
}

function alertBlocks({ counts, rules, ...basis }: Figures): Block[] {
  return [
    { kind: 'heading', level: 2, text: 'Alerts' },
    {
      kind: 'bars',
      title: 'Alerts opened, by severity',
      columns: ['Severity', 'Alerts'],
      bars: severities
        .toReversed()
        .map((severity) => ({ label: sentence(severity), count: counts[`alerts.${severity}`] })),
    },
    facts({ ...basis, counts }, 'alerts.opened', 'alerts.closed', 'alerts.open', 'alerts.openGrave'),
    {
      kind: 'table',
      title: 'Alerts opened, by rule',
      columns: ['What was found', 'Clause', 'Severity', 'Alerts'],
      rows: rules.map(({ title, clause, severity, alerts }) => [title, clause, sentence(severity), number(alerts)]),
    },
  ];
}

function encryptionBlocks(figures: Figures): Block[] {
  const heading: Block = { kind: 'heading', level: 2, text: 'Encryption' };
  const { state } = figures;
  if (!state)
    return [heading, facts(figures, 'computers.drivesEncrypted', 'computers.drivesPlain', 'computers.drivesUnknown')];
  return [heading, computerBars(state), mediaBars(state)];
}

export function computerBars(state: StateFigures): Block {
  return {
    kind: 'bars',
    title: 'Computers by the encryption of their drives',
    columns: ['Drives', 'Computers'],
    bars: [
      { label: 'Every drive encrypted', count: state['computers.drivesEncrypted'] },
      { label: 'A drive not encrypted', count: state['computers.drivesPlain'] },
      { label: 'Not known', count: state['computers.drivesUnknown'] },
    ],
  };
}

export function mediaBars(state: StateFigures): Block {
  return {
    kind: 'bars',
    title: 'Removable storage media by encryption, as last seen',
    columns: ['Medium', 'Media'],
    bars: [
      { label: 'Encrypted', count: state['media.encrypted'] },
      { label: 'Not encrypted', count: state['media.plain'] },
      { label: 'Not known', count: state['media.unknown'] },
    ],
  };
}

const protections = [
  ['Antivirus at work', 'antivirus'],
  ['Screen locks by itself', 'screen-lock'],
  ['Operating system supported', 'os-support'],
  ['Firewall at work', 'firewall'],
] as const;

function protectionTable(figures: Figures): Block {
  return {
    kind: 'table',
    title: 'Computers by protection',
    columns: ['Protection', 'As it should be', 'Not as it should be', 'Not known'],
    rows: protections.map(([text, item]) => [
      text,
      figureText(figures, `${item}.good`),
      figureText(figures, `${item}.bad`),
      figureText(figures, `${item}.unknown`),
    ]),
  };
}
