import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { AuditAction } from '../accounts/audit.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { investigators } from './area.ts';
import { decisionsOf } from './decisions.ts';
import { changeIncident, type IncidentChanges, incidentRow } from './incident-row.ts';
import { approvalsNeeded, incidentRules } from './incident-rules.ts';
import { holdAlerts } from './incidents.ts';
import { type IncidentStep, stateAfter } from './life-cycle.ts';
import { obstacles } from './obstacles.ts';
import { recommendationsOf } from './recommendations.ts';
import { type Actor, approvalsLeft, mayWrite, ownWork } from './rights.ts';
import { investigationDue } from './risk.ts';
import { sectionsOf, valuesOf } from './sections-kept.ts';
import { type TimelineAction, written } from './timeline.ts';

export interface StepToTake {
  incidentId: string;
  step: IncidentStep;
  /** `incidents.revision` that was open on the page. */
  seen: number;
  /** Why; asked for wherever somebody else's work is undone or decided on. */
  reason: string;
  /** Account id; with `assign`. */
  investigatorId?: string;
}

export interface Doer extends Actor {
  now: number;
}

const recorded: Record<IncidentStep, { audit: AuditAction; timeline: TimelineAction }> = {
  confirm: { audit: 'incident.confirmed', timeline: 'confirmed' },
  dismiss: { audit: 'incident.dismissed', timeline: 'dismissed' },
  assign: { audit: 'incident.assigned', timeline: 'assigned' },
  submit: { audit: 'incident.submitted', timeline: 'submitted' },
  return: { audit: 'incident.returned', timeline: 'returned' },
  approve: { audit: 'incident.approved', timeline: 'approved' },
  close: { audit: 'incident.closed', timeline: 'closed' },
  reopen: { audit: 'incident.reopened', timeline: 'reopened' },
};

/**
 * Takes a step of the life cycle, with its entries in timeline and audit trail.
 * @throws PortcullisError `incidentChanged` when somebody was faster, `stepNotPossible`, `notYet` with one line for each
 * thing still to be done, `notAllowed`, `ownWork`, `notIndependent`. @throws InvalidError
 */
export async function takeStep(tx: StoreTransaction, given: StepToTake, by: Doer): Promise<void> {
  const incident = await incidentRow(tx, given.incidentId);
  const reason = cleanText(given.reason, 2000);
  if (incident.revision !== given.seen) {
    throw new PortcullisError('incidentChanged', 'Somebody else has changed this incident since you opened it.');
  }
  const next = stateAfter(incident.state, given.step);
  await demand(tx, incident, { ...given, reason }, by);
  const changes = await changesOf(tx, incident, { ...given, reason }, by);
  await changeIncident(tx, incident.id, { state: next, revision: incident.revision + 1, ...changes });
  const { audit, timeline } = recorded[given.step];
  const note = [await investigatorName(tx, given), reason].filter(Boolean).join('. ');
  await written(tx, incident.id, audit, {
    ...{ at: by.now, accountId: by.accountId, action: timeline },
    ...(note !== '' && { note }),
  });
}

async function demand(tx: StoreTransaction, incident: IncidentsTable, given: StepToTake, by: Doer): Promise<void> {
  const { step, reason } = given;
  const needsReason = step === 'dismiss' || step === 'return' || step === 'approve' || step === 'reopen';
  if (needsReason && reason === '') throw new InvalidError('Write down why.');
  if (step === 'approve' || step === 'return') await demandApprover(tx, incident, by);
  else if (!mayWrite(by, incident)) {
    throw new PortcullisError('notAllowed', 'This is left to those who look after incidents, and to the investigator.');
  }
  const facts = {
    sections: valuesOf(await sectionsOf(tx, incident.id)),
    recommendations: await recommendationsOf(tx, incident.id),
    decided: (await decisionsOf(tx, incident.id)).map(({ body }) => body),
  };
  const missing = obstacles(step, facts);
  if (missing.length > 0) throw new PortcullisError('notYet', missing.join('\n'));
}

async function demandApprover(tx: StoreTransaction, incident: IncidentsTable, by: Doer): Promise<void> {
  const own = ownWork(by, incident);
  if (own !== undefined) throw new PortcullisError('ownWork', own);
  const left = await approvalsWaiting(tx, incident);
  if (!left.some(({ part }) => part === by.role)) {
    throw new PortcullisError('notAllowed', 'This report does not wait for your approval.');
  }
}

/** The approvals a submitted report still waits for. */
export async function approvalsWaiting(store: Store, incident: IncidentsTable) {
  const given = await approvalsOf(store, incident.id);
  return approvalsLeft(await approvalsFor(store, incident), given, incident.submitted_at);
}

/** Whose approval the report needs, by the profile and by what it is about. */
export async function approvalsFor(store: Store, { id, profile, risk }: IncidentsTable) {
  const { people } = valuesOf(await sectionsOf(store, id));
  const peopleData = people.subjects !== '' && people.subjects !== 'none';
  return approvalsNeeded(incidentRules(profile), { risk, peopleData });
}

export async function approvalsOf(store: Store, incidentId: string) {
  return store
    .selectFrom('incident_approvals')
    .innerJoin('accounts', 'accounts.id', 'incident_approvals.account_id')
    .selectAll('incident_approvals')
    .select('accounts.display_name as who')
    .where('incident_id', '=', incidentId)
    .orderBy('at')
    .orderBy('incident_approvals.id')
    .execute();
}

async function changesOf(
  tx: StoreTransaction,
  incident: IncidentsTable,
  given: StepToTake,
  by: Doer,
): Promise<IncidentChanges> {
  const { now, accountId } = by;
  switch (given.step) {
    case 'confirm':
      await holdAlerts(tx, incident.id, { by: accountId, now });
      return { confirmed_at: now, due_at: incident.risk === null ? null : investigationDue(now, incident.risk) };
    case 'assign':
      return { investigator_id: await independent(tx, incident, given.investigatorId ?? '', now) };
    case 'submit':
      return { submitted_at: now, submitted_by: accountId };
    case 'approve': {
      await keepVerdict(tx, incident, 'approved', given.reason, by);
      const waiting = await approvalsWaiting(tx, incident);
      return waiting.length > 0 ? { state: 'for-approval' } : { approved_at: now };
    }
    case 'return':
      await keepVerdict(tx, incident, 'returned', given.reason, by);
      return { submitted_at: null, submitted_by: null };
    case 'close':
    case 'dismiss':
      return { closed_at: now };
    case 'reopen':
      return { closed_at: null, approved_at: null, submitted_at: null, submitted_by: null };
  }
}

/** @throws PortcullisError `notIndependent`. @throws InvalidError */
async function independent(tx: StoreTransaction, incident: IncidentsTable, id: string, now: number): Promise<string> {
  const candidate = (await investigators(tx, incident, now)).find((one) => one.id === id);
  if (!candidate) throw new InvalidError('Choose who investigates it.');
  if (candidate.conflicts.length > 0) {
    throw new PortcullisError(
      'notIndependent',
      `${candidate.name} cannot investigate this incident: an investigator must not own the area. ${candidate.conflicts.join(' ')}`,
    );
  }
  return candidate.id;
}

async function investigatorName(tx: StoreTransaction, { step, investigatorId = '' }: StepToTake): Promise<string> {
  if (step !== 'assign') return '';
  const row = await tx
    .selectFrom('accounts')
    .select('display_name')
    .where('id', '=', investigatorId)
    .executeTakeFirst();
  return row ? `To ${row.display_name}` : '';
}

async function keepVerdict(
  tx: StoreTransaction,
  { id, submitted_at }: IncidentsTable,
  verdict: 'approved' | 'returned',
  reason: string,
  { accountId, role, now }: Doer,
): Promise<void> {
  await tx
    .insertInto('incident_approvals')
    .values({
      ...{ id: uuidv7(now), incident_id: id, submitted_at: submitted_at ?? now, part: role, verdict, reason },
      ...{ at: now, account_id: accountId },
    })
    .execute();
}
