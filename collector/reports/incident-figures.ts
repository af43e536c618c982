import { sql } from 'kysely';
import { riskLevel } from '../incidents/risk.ts';
import { sections } from '../incidents/sections.ts';
import type { Store } from '../store/tables.ts';
import { boundsOf, type Period } from './period.ts';

/** What the quarterly report says of incidents. */
export interface IncidentFigures {
  opened: number;
  closed: number;
  /** Not closed at the end of the period. */
  open: number;
  nearMisses: number;
  /** Whose root cause analysis is past its day. */
  overdueAnalyses: number;
  /** Reported to the ICO or by the DSPT tool, and decided not to be. */
  reported: number;
  decidedNotToReport: number;
  /** Actions from recommendations: not done, and of these past their day. */
  actionsOpen: number;
  actionsOverdue: number;
  /** Incidents of the period by type and by severity, the most frequent first. */
  byType: readonly { label: string; count: number }[];
  bySeverity: readonly { label: string; count: number }[];
}

/** Asked by the quarterly report. `null`: incidents are not recorded. */
export type IncidentSource = (store: Store, period: Period) => Promise<IncidentFigures | null>;

/** Incidents that a person confirmed; drafts and what turned out to be none are not counted. */
export const incidentFigures: IncidentSource = async (store, period) => {
  const { start, end } = boundsOf(period);
  const confirmed = await confirmedBefore(store, end);
  const opened = confirmed.filter(({ opened_at }) => opened_at >= start);
  const decided = await decidedWithin(store, start, end);
  const actions = await actionsBefore(store, end);
  return {
    opened: opened.length,
    nearMisses: opened.filter(({ near_miss }) => near_miss === 'yes').length,
    closed: confirmed.filter(({ closed_at }) => closed_at !== null && closed_at >= start && closed_at < end).length,
    open: confirmed.filter(({ closed_at }) => isAfter(closed_at, end)).length,
    overdueAnalyses: confirmed.filter(
      ({ due_at, approved_at }) => due_at !== null && due_at < end && isAfter(approved_at, end),
    ).length,
    reported: decided.filter((told) => told).length,
    decidedNotToReport: decided.filter((told) => !told).length,
    actionsOpen: actions.length,
    actionsOverdue: actions.filter(({ due_on }) => due_on <= period.to).length,
    byType: countedBy(opened.map(({ type }) => typeWords(type))),
    bySeverity: countedBy(opened.map(({ risk }) => (risk === null ? 'Not assessed' : riskLabels[riskLevel(risk)]))),
  };
};

const riskLabels = { low: 'Low', moderate: 'Moderate', high: 'High', 'very-high': 'Very high' } as const;

/** Not yet, or only after a moment. */
function isAfter(at: number | null, moment: number): boolean {
  return at === null || at >= moment;
}

/** With whether the newest text of each calls it a near miss. */
function confirmedBefore(store: Store, end: number) {
  const nearMiss = sql<string | null>`(select json_extract(s.document, '$.nearMiss') from incident_sections s
    where s.incident_id = incidents.id and s.section = 'what' order by s.revision desc limit 1)`;
  return store
    .selectFrom('incidents')
    .select(['opened_at', 'closed_at', 'approved_at', 'due_at', 'type', 'risk', nearMiss.as('near_miss')])
    .where('confirmed_at', 'is not', null)
    .where('state', '!=', 'no-incident')
    .where('opened_at', '<', end)
    .execute();
}

/** Of each incident with a decision in the period, whether any body was told by its newest decisions. */
async function decidedWithin(store: Store, start: number, end: number): Promise<boolean[]> {
  const rows = await store
    .selectFrom('incident_decisions')
    .select(['incident_id', 'body', 'told'])
    .where('at', '>=', start)
    .where('at', '<', end)
    .orderBy('id')
    .execute();
  const newest = new Map(rows.map(({ incident_id, body, told }) => [`${incident_id} ${body}`, { incident_id, told }]));
  const incidents = Map.groupBy(newest.values(), ({ incident_id }) => incident_id);
  return [...incidents.values()].map((decisions) => decisions.some(({ told }) => told === 1));
}

/** Recommendations that nobody had carried out at the end. */
function actionsBefore(store: Store, end: number) {
  return store
    .selectFrom('incident_recommendations')
    .select('due_on')
    .where('made_at', '<', end)
    .where((build) => build.or([build('status', '=', 'open'), build('changed_at', '>=', end)]))
    .execute();
}

function typeWords(type: string | null): string {
  const words: Readonly<Record<string, string>> = sections.what.fields.type.options;
  return type === null ? 'Not said yet' : (words[type] ?? type);
}

function countedBy(labels: readonly string[]): { label: string; count: number }[] {
  const groups = [...Map.groupBy(labels, (label) => label)];
  return groups.map(([label, { length: count }]) => ({ label, count })).sort((one, other) => other.count - one.count);
}
