import { hash } from 'node:crypto';
import { raiseAlerts } from '../alerting/alerts.ts';
import { type Fault, faultFinding } from '../alerting/faults.ts';
import type { CollectorContext } from '../context.ts';
import { incidentNumber } from '../incidents/incident-row.ts';
import { approvalsNeeded, incidentRules } from '../incidents/incident-rules.ts';
import { reportingClock } from '../incidents/reporting-clock.ts';
import { addToTimeline } from '../incidents/timeline.ts';
import { currentPolicy } from '../policies/policies.ts';
import { ownComputer } from '../register/computers.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store } from '../store/tables.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 60_000;
const day = 24 * 60 * 60 * 1000;

/** One alarm: what it is, and of which moment. */
export interface Warning {
  fault: Extract<Fault, `incident-${string}`>;
  ofAt: number;
  words: string;
}

type Timed = Pick<IncidentsTable, 'state' | 'due_at' | 'aware_at'>;

/** What is to be said of an incident now: the 72 hours that end, and an investigation that is due. Pure. */
export function warningsOf({ state, due_at, aware_at }: Timed, icoAt: number | null, now: number): Warning[] {
  const found: Warning[] = [];
  const clock = reportingClock({ awareAt: aware_at, decidedAt: icoAt ?? undefined, told: false }, now);
  const isUndecided = state !== 'approved' && state !== 'closed' && state !== 'no-incident';
  if (isUndecided && clock.endsAt !== null) {
    if (clock.state === 'ending')
      found.push({ fault: 'incident-clock-ending', ofAt: clock.endsAt, words: clock.words });
    if (clock.state === 'over') found.push({ fault: 'incident-clock-over', ofAt: clock.endsAt, words: clock.words });
  }
  if ((state === 'confirmed' || state === 'investigating') && due_at !== null) {
    if (now >= due_at) found.push({ fault: 'incident-overdue', ofAt: due_at, words: 'The investigation is overdue.' });
    else if (now >= due_at - day) {
      found.push({ fault: 'incident-due', ofAt: due_at, words: 'The investigation is due within a day.' });
    }
  }
  return found;
}

/** Raises an alert once for each moment that comes near or passes, in the transaction that remembers it. */
export function incidentTimes({ store, clock, log, changes }: CollectorContext): Job {
  async function look(): Promise<void> {
    const now = clock.now();
    for (const incident of await timedIncidents(store)) {
      for (const warning of warningsOf(incident, incident.ico_at, now)) {
        const raised = await store.transaction().execute((tx) => warn(tx, incident, warning, now));
        if (raised) changes.publish({ ...raised, events: [] });
      }
    }
  }

  return job({ log, everyMilliseconds, failure: 'times of incidents could not be looked at', look });
}

async function timedIncidents(store: Store) {
  return store
    .selectFrom('incidents')
    .selectAll()
    .select((build) =>
      build
        .selectFrom('incident_decisions')
        .whereRef('incident_id', '=', 'incidents.id')
        .where('body', '=', 'ico')
        .select((inner) => inner.fn.min('incident_decisions.at').as('at'))
        .as('ico_at'),
    )
    .where('state', 'in', ['draft', 'confirmed', 'investigating', 'for-approval'])
    .where((build) => build.or([build('aware_at', 'is not', null), build('due_at', 'is not', null)]))
    .execute();
}

/** @returns undefined when it was raised before */
async function warn(
  tx: Parameters<typeof raiseAlerts>[0],
  incident: IncidentsTable,
  { fault, ofAt, words }: Warning,
  now: number,
): Promise<{ computerId: string; alertIds: string[] } | undefined> {
  const noted = await tx
    .insertInto('incident_warnings')
    .values({ incident_id: incident.id, warning: fault, of_at: ofAt, at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('at')
    .executeTakeFirst();
  if (!noted) return undefined;
  const published = await currentPolicy(tx);
  const rules = incidentRules(incident.profile);
  const approvers = approvalsNeeded(rules, { risk: incident.risk, peopleData: false }).map(({ part }) => part);
  const finding = {
    ...faultFinding(fault, rules.clauses.reporting, now),
    group: hash('sha256', `${fault} ${incident.id} ${ofAt}`),
    recipients: ['ict', ...approvers],
    device: { name: incidentNumber(incident) },
  };
  const { no, id } = await ownComputer(tx, now);
  const alertIds = await raiseAlerts(tx, {
    computerNo: no,
    policyVersion: published?.version ?? 0,
    findings: [finding],
    now,
  });
  await addToTimeline(tx, incident.id, { at: now, accountId: null, action: 'warned', note: words });
  return { computerId: id, alertIds };
}
