import { sql } from 'kysely';
import { PortcullisError } from '#shared/errors.ts';
import { severities } from '#shared/policy/schema.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { rowsWriter, times } from '../store/many-rows.ts';
import type { AlertHistoryTable, AlertsTable, Store, StoreTransaction } from '../store/tables.ts';
import type { Finding } from './rules.ts';

/** A repeat within this time, in milliseconds, adds to the alert that stands. */
const repeatWithin = 24 * 60 * 60 * 1000;
/** Events linked to one alert at most; `count` goes on. */
const linkedEvents = 100;

/** Transactions that write come one after the other, so numbers are given in the order of the commits. */
const nextChange = sql<number>`(select coalesce(max(change_no), 0) + 1 from alerts)`;

export interface Raise {
  computerNo: number;
  policyVersion: number;
  findings: readonly Finding[];
  /** Collector's clock, milliseconds since 1970. */
  now: number;
}

/** Makes the function that opens alerts for findings, or adds them to those that stand; it answers with the ids of each. */
export function alertRaiser(store: Store): (tx: StoreTransaction, raises: readonly Raise[]) => Promise<string[][]> {
  const queries = hotQueries(store);
  const insertLinks = rowsWriter((rows) => compileLinks(store, rows));
  const insertOpened = openingWriter(store);
  return async (tx, raises) => {
    const opened: Opened[] = [];
    const links: unknown[][] = [];
    const ids: string[][] = [];
    for (const raise of raises) {
      const { computerNo, findings, now } = raise;
      const own: string[] = [];
      for (const group of grouped(findings)) {
        const key = `${computerNo}:${group.key}`;
        const since = group.last.joins === 'open' ? 0 : now - repeatWithin;
        const parameters = [key, since, 'closed', 1];
        const { rows } = await tx.executeQuery<Standing>({ ...queries.standing, parameters });
        const [standing] = rows;
        const id = standing?.id ?? uuidv7(now);
        if (standing) await addTo(tx, queries, standing, group);
        else {
          await tx.executeQuery({ ...queries.open, parameters: Object.values(alertRow(id, key, raise, group)) });
          opened.push({ alertId: id, at: now });
        }
        links.push(...linksOf(id, computerNo, group, linkedEvents - (standing?.count ?? 0)));
        own.push(id);
      }
      ids.push(own);
    }
    await insertOpened(tx, opened);
    await insertLinks(tx, links);
    return ids;
  };
}

/** The same for once. */
export async function raiseAlerts(tx: StoreTransaction, raise: Raise): Promise<string[]> {
  const [ids = []] = await alertRaiser(tx)(tx, [raise]);
  return ids;
}

type Standing = Pick<AlertsTable, 'id' | 'count' | 'last_at'>;
type HotQueries = ReturnType<typeof hotQueries>;

/** Compiled once: at thousands of findings a second, building these texts costs more than running them. */
function hotQueries(store: Store) {
  return {
    standing: store
      .selectFrom('alerts')
      .select(['id', 'count', 'last_at'])
      .where('group_key', '=', '')
      .where('opened_at', '>', 0)
      .where('state', '!=', 'closed')
      .orderBy('opened_at', 'desc')
      .limit(1)
      .compile(),
    addTo: store
      .updateTable('alerts')
      .set({ count: 0, last_seq: 0, last_at: 0, change_no: nextChange })
      .where('id', '=', '')
      .compile(),
    open: store
      .insertInto('alerts')
      .values({
        ...alertRow('', '', nobody, { key: '', first: nothing, last: nothing, findings: [] }),
        change_no: nextChange,
      })
      .compile(),
  };
}

function compileLinks(store: Store, rows: number) {
  return store
    .insertInto('alert_events')
    .values(times(rows, { alert_id: '', computer_no: 0, seq: 0 }))
    .onConflict((conflict) => conflict.doNothing())
    .compile();
}

interface Opened {
  alertId: string;
  at: number;
}

/** Begins the timelines of alerts. */
function openingWriter(store: Store) {
  const blank = { id: '', alert_id: '', at: 0, account_id: null, action: 'opened', note: null } as const;
  const insertHistory = rowsWriter((rows) => store.insertInto('alert_history').values(times(rows, blank)).compile());
  const insertSteps = rowsWriter((rows) =>
    store
      .insertInto('alert_steps')
      .values(times(rows, { history_id: '' }))
      .compile(),
  );
  return async (tx: StoreTransaction, opened: readonly Opened[]): Promise<void> => {
    const steps = opened.map(({ alertId, at }) => ({ ...blank, id: uuidv7(at), alert_id: alertId, at }));
    await insertHistory(
      tx,
      steps.map((step) => Object.values(step)),
    );
    await insertSteps(
      tx,
      steps.map(({ id }) => [id]),
    );
  };
}

interface Group {
  key: string;
  first: Finding;
  last: Finding;
  findings: Finding[];
}

function grouped(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const group = groups.get(finding.group);
    if (group) {
      group.findings.push(finding);
      group.last = finding;
    } else groups.set(finding.group, { key: finding.group, first: finding, last: finding, findings: [finding] });
  }
  return [...groups.values()];
}

async function addTo(
  tx: StoreTransaction,
  queries: HotQueries,
  standing: Standing,
  { findings, last }: Group,
): Promise<void> {
  const { id, count, last_at } = standing;
  const parameters = [count + findings.length, last.seq, Math.max(last_at, last.at), id];
  await tx.executeQuery({ ...queries.addTo, parameters });
}

const nothing: Finding = {
  ruleId: '',
  title: '',
  severity: 'info',
  clause: '',
  recipients: [],
  tell: 'now',
  kind: '',
  group: '',
  seq: null,
  at: 0,
};
const nobody: Raise = { computerNo: 0, policyVersion: 0, findings: [], now: 0 };

/** The row of a new alert, without the number that the store gives it. */
function alertRow(
  id: string,
  key: string,
  { computerNo, policyVersion, now }: Raise,
  { first, last, findings }: Group,
): Omit<AlertsTable, 'change_no'> {
  return {
    id,
    computer_no: computerNo,
    rule_id: first.ruleId,
    title: first.title,
    severity: first.severity,
    severity_rank: severities.indexOf(first.severity),
    clause: first.clause,
    kind: first.kind,
    group_key: key,
    state: 'open',
    count: findings.length,
    first_seq: first.seq,
    last_seq: last.seq,
    first_at: first.at,
    last_at: last.at,
    opened_at: now,
    policy_version: policyVersion,
    recipients: JSON.stringify(first.recipients),
    tell: first.tell,
    outcome: null,
    same_key: first.group,
    person: first.person ?? null,
    device_key: first.device?.key ?? null,
    device: first.device?.name ?? null,
    assignee_id: null,
  };
}

function linksOf(alertId: string, computerNo: number, { findings }: Group, room: number): unknown[][] {
  const seqs = findings.flatMap(({ seq }) => (seq === null ? [] : [seq])).slice(0, Math.max(0, room));
  return seqs.map((seq) => [alertId, computerNo, seq]);
}

async function addHistory(tx: Store, row: Omit<AlertHistoryTable, 'id'>): Promise<void> {
  const id = uuidv7(row.at);
  await tx
    .insertInto('alert_history')
    .values({ id, ...row })
    .execute();
  await tx.insertInto('alert_steps').values({ history_id: id }).execute();
}

/** Writes into the timeline of an alert what was done about it elsewhere. `note` names nobody. */
export async function noteOnAlert(tx: StoreTransaction, row: Omit<AlertHistoryTable, 'id'>): Promise<void> {
  await addHistory(tx, row);
}

/** Closes an alert whose cause is gone, with a note that says so. One that somebody closed before gets the note alone. */
export async function closeByItself(
  tx: StoreTransaction,
  { alertId, at, note }: { alertId: string; at: number; note: string },
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('alerts')
    .set({ state: 'closed', outcome: null })
    .where('id', '=', alertId)
    .where('state', '!=', 'closed')
    .executeTakeFirst();
  const action = numUpdatedRows === 1n ? 'closed' : 'noted';
  await addHistory(tx, { alert_id: alertId, at, account_id: null, action, note });
}

/** What an analyst may do with an alert. Closing needs an outcome, assigning somebody or nobody (null). */
export interface AlertStep {
  alertId: string;
  accountId: string;
  action: 'acknowledged' | 'assigned' | 'closed' | 'reopened' | 'noted';
  note: string | null;
  /** What it turned out to be; with `closed` only. */
  outcome?: string;
  /** Account id; with `assigned` only. */
  assignee?: string | null;
  at: number;
}

const stateAfter = {
  acknowledged: 'acknowledged',
  assigned: undefined,
  closed: 'closed',
  reopened: 'open',
  noted: undefined,
} as const;

/** @throws PortcullisError `noSuchAlert`, `stepNotPossible` (closing what is closed, reopening what is open) */
export async function setAlertState(store: Store, step: AlertStep): Promise<void> {
  if (store.isTransaction) return takeStep(store, step);
  await store.transaction().execute((tx) => takeStep(tx, step));
}

async function takeStep(tx: Store, step: AlertStep): Promise<void> {
  const alert = await tx
    .selectFrom('alerts')
    .select(['state', 'assignee_id'])
    .where('id', '=', step.alertId)
    .executeTakeFirst();
  if (!alert) throw new PortcullisError('noSuchAlert', 'There is no such alert.');
  if (!isPossible(alert, step)) {
    throw new PortcullisError(
      'stepNotPossible',
      `The alert is ${alert.state} already. Someone else may have been faster; look at its timeline.`,
    );
  }
  const changes = changesOf(alert, step);
  if (Object.keys(changes).length > 0) {
    await tx.updateTable('alerts').set(changes).where('id', '=', step.alertId).execute();
  }
  const { alertId, accountId, action, note, at } = step;
  await addHistory(tx, { alert_id: alertId, at, account_id: accountId, action, note });
}

type Handled = Pick<AlertsTable, 'state' | 'assignee_id'>;

function isPossible({ state }: Handled, { action }: AlertStep): boolean {
  const next = stateAfter[action];
  return next !== state && !(state === 'closed' && (action === 'acknowledged' || action === 'assigned'));
}

/** Whoever acknowledges an alert that is nobody's takes it. Pure. */
function changesOf({ assignee_id }: Handled, step: AlertStep): Partial<AlertsTable> {
  const state = stateAfter[step.action];
  return {
    ...(state && { state, outcome: state === 'closed' ? (step.outcome ?? null) : null }),
    ...(step.action === 'assigned' && { assignee_id: step.assignee ?? null }),
    ...(step.action === 'acknowledged' && { assignee_id: assignee_id ?? step.accountId }),
  };
}

/** Takes away what leads from an alert to a person: names, the single device, notes, and the keys made from them. */
export async function redactAlert(tx: StoreTransaction, id: string): Promise<void> {
  const redacted = `redacted:${id}`;
  const nobody = { person: null, device_key: null, same_key: redacted, group_key: redacted };
  await tx.updateTable('alerts').set(nobody).where('id', '=', id).execute();
  await tx.updateTable('alert_history').set({ note: null }).where('alert_id', '=', id).execute();
}
