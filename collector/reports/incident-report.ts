import type { Block } from '../documents/pdf.ts';
import { figuresOf } from './figures.ts';
import { facts, framed, notRecorded, number } from './frame.ts';
import type { IncidentFigures } from './incident-figures.ts';
import { lastQuarter, periodWords } from './period.ts';
import type { ReportKind, Table } from './report.ts';

/** Quarterly, for the IG Steering Group (CCG 17). */
export const incidentReport: ReportKind = {
  name: 'incidents',
  title: 'Information governance incidents',
  about: 'Quarterly, for the IG Steering Group (CCG 17): incidents, near misses, overdue analyses, what was reported.',
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
  usual: lastQuarter,
  async make({ store, now, organisation, period, incidents }) {
    const about = period ?? lastQuarter(now);
    const found = await incidents(store, about);
    const basis = await figuresOf(store, about, now);
    const title = `Information governance incidents, ${periodWords(about)}`;
    const body: Block[] = [
      ...incidentBlocks(found),
      { kind: 'heading', level: 2, text: 'What may have led to incidents' },
      facts(basis, 'alerts.opened', 'alerts.high', 'alerts.critical', 'media.reportedLost', 'events.agent.tampered'),
    ];
    const unknown = found ? [] : ['How many incidents there were: they are not recorded in this collector.'];
    return {
      title,
      dataAsOf: basis.dataAsOf,
      blocks: framed({ title, organisation, period: about, now, basis, body, unknown }),
      table: incidentTable(found),
      data: { period: about, incidents: found },
    };
  },
};

const labels: Readonly<Record<Exclude<keyof IncidentFigures, 'byType' | 'bySeverity'>, string>> = {
  opened: 'Incidents opened',
  nearMisses: 'Near misses among them',
  closed: 'Incidents closed',
  open: 'Incidents open at the end',
  overdueAnalyses: 'Root cause analyses past their day',
  reported: 'Reported to the ICO, the DSPT tool or others',
  decidedNotToReport: 'Decided not to report, with a reason',
  actionsOpen: 'Actions not done',
  actionsOverdue: 'Actions past their day',
};
const labelled = Object.entries(labels) as [keyof typeof labels, string][];

function incidentBlocks(found: IncidentFigures | null): Block[] {
  const heading: Block = { kind: 'heading', level: 2, text: 'Incidents' };
  if (!found)
    return [heading, { kind: 'paragraph', text: 'Not recorded yet: this collector keeps no register of incidents.' }];
  return [
    heading,
    { kind: 'facts', rows: labelled.map(([id, label]) => [label, number(found[id])]) },
    { kind: 'bars', title: 'Incidents by severity', columns: ['Severity', 'Incidents'], bars: found.bySeverity },
    { kind: 'bars', title: 'Incidents by type', columns: ['Type', 'Incidents'], bars: found.byType },
  ];
}

function incidentTable(found: IncidentFigures | null): Table {
  return {
    columns: ['figure', 'number'],
    rows: [
      ...labelled.map(([id, label]) => [label, found ? `${found[id]}` : notRecorded]),
      ...(found?.bySeverity ?? []).map(({ label, count }) => [`By severity: ${label}`, `${count}`]),
      ...(found?.byType ?? []).map(({ label, count }) => [`By type: ${label}`, `${count}`]),
    ],
  };
}
