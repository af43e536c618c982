import { displayNames } from '../accounts/accounts.ts';
import { personById } from '../register/people.ts';
import type { Store } from '../store/tables.ts';
import { decisionsOf } from './decisions.ts';
import { evidenceOf } from './evidence-list.ts';
import { frozenIn } from './freeze.ts';
import type { IncidentRow } from './incident-list.ts';
import { recommendationsOf } from './recommendations.ts';
import { type ReportingClock, reportingClock } from './reporting-clock.ts';
import { sectionsOf, valuesOf } from './sections-kept.ts';
import { earlierLike } from './similar.ts';
import { approvalsFor, approvalsOf } from './steps.ts';
import { timelineOf } from './timeline.ts';

/** Everything about one incident, as pages, the report and the bundle need it. */
export type IncidentRecord = Awaited<ReturnType<typeof incidentRecord>>;

export async function incidentRecord(store: Store, row: IncidentRow, now: number) {
  const sections = await sectionsOf(store, row.id);
  const decisions = await decisionsOf(store, row.id);
  return {
    row,
    sections,
    values: valuesOf(sections),
    decisions,
    clock: clockOf(row, decisions, now),
    needed: await approvalsFor(store, row),
    approvals: await approvalsOf(store, row.id),
    recommendations: await recommendationsOf(store, row.id),
    evidence: await evidenceOf(store, row.id),
    alerts: await alertsOf(store, row.id),
    timeline: await timelineOf(store, row.id),
    earlier: await earlierLike(store, row),
    frozen: frozenIn(row),
    names: await displayNames(
      store,
      [row.opened_by, row.investigator_id].filter((id) => id !== null),
    ),
  };
}

function clockOf(
  { aware_at }: IncidentRow,
  decisions: Awaited<ReturnType<typeof decisionsOf>>,
  now: number,
): ReportingClock {
  const own = decisions.filter(({ body }) => body === 'ico');
  return reportingClock({ awareAt: aware_at, decidedAt: own[0]?.at, told: own.at(-1)?.told === 1 }, now);
}

async function alertsOf(store: Store, incidentId: string) {
  return store
    .selectFrom('incident_alerts')
    .innerJoin('alerts', 'alerts.id', 'incident_alerts.alert_id')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .select(['alerts.id', 'alerts.title', 'alerts.severity', 'alerts.clause', 'alerts.rule_id', 'alerts.count'])
    .select([
      'alerts.first_at',
      'alerts.last_at',
      'alerts.opened_at',
      'alerts.state',
      'alerts.device',
      'alerts.outcome',
    ])
    .select(['alerts.policy_version', 'computers.id as computer_id', 'computers.hostname'])
    .where('incident_alerts.incident_id', '=', incidentId)
    .orderBy('alerts.opened_at')
    .limit(500)
    .execute();
}

/** Names that must not leave the organisation in what is told of the incident. */
export async function namesConcerned(store: Store, { person, person_id }: IncidentRow): Promise<string[]> {
  const known = person_id === null ? undefined : await personById(store, person_id);
  return [...(person === null ? [] : [person]), ...(known ? [known.name, known.reference, ...known.accounts] : [])];
}
