import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Severity } from '#shared/policy/schema.ts';
import type { Scope } from '../accounts/roles.ts';
import type { AlertsTable, Store, Tables } from '../store/tables.ts';

export type AlertState = AlertsTable['state'];

/** Whose alerts may be seen at all: a collector works for one organisation, and a team's alerts are its people's. */
export interface AlertsWithin {
  organisation: string;
  scope: Scope;
}

/** What the queue is narrowed to. An absent or empty part narrows nothing; times are milliseconds, `to` is outside. */
export interface AlertFilter {
  within: AlertsWithin;
  ids?: readonly string[];
  severities?: readonly Severity[];
  states?: readonly AlertState[];
  /** Part of a host name, in any case. */
  computer?: string;
  computerId?: string;
  ruleId?: string;
  clause?: string;
  /** A whole account name, in any case. */
  person?: string;
  /** Part of make, model or the end of the serial number, in any case. */
  device?: string;
  deviceKey?: string;
  /** Account id of the analyst whose they are; null: nobody's. */
  assigneeId?: string | null;
  /** Rule, person and thing are those of one alert, or of one of several. */
  sameAs?: string | readonly string[];
  from?: number;
  to?: number;
}

/** Alerts that fit, without their computers, whose rows would cost more than the counting of alerts alone. */
export function fitting(store: Store, filter: AlertFilter) {
  return store.selectFrom('alerts').where(fits(filter));
}

type Build = ExpressionBuilder<Tables, 'alerts'>;

/** Whether an alert fits. */
export function fits(filter: AlertFilter) {
  return (build: Build) => build.and([...conditions(build, filter), ...stateConditions(build, filter)]);
}

/** Whether no closed alert fits: of the others there are few, and indices of their own. */
export function leavesClosedOut({ states = [] }: AlertFilter): boolean {
  return states.length > 0 && !states.includes('closed');
}

function stateConditions(build: Build, filter: AlertFilter): Expression<SqlBool>[] {
  const { states = [] } = filter;
  if (states.length === 0) return [];
  if (!leavesClosedOut(filter)) return [build('alerts.state', 'in', states)];
  // As the indices of alerts that are not closed say it; the plus keeps SQLite from those that begin with the state.
  return [sql<SqlBool>`alerts.state <> 'closed'`, build(sql`+alerts.state`, 'in', states)];
}

function conditions(build: Build, filter: AlertFilter): Expression<SqlBool>[] {
  const { ids, severities, ruleId, clause, sameAs, from, to } = filter;
  const wanted: Expression<SqlBool>[] = [...scopeConditions(build, filter.within), ...subjectConditions(build, filter)];
  if (ids) wanted.push(build('alerts.id', 'in', ids));
  // An index of severities is for counting them: it leaves far more alerts than any other, to be read one by one.
  if (severities?.length) wanted.push(build(sql`+alerts.severity`, 'in', severities));
  if (ruleId) wanted.push(build('alerts.rule_id', '=', ruleId));
  if (clause) wanted.push(build('alerts.clause', '=', clause));
  if (sameAs?.length) wanted.push(build('alerts.same_key', 'in', [sameAs].flat()));
  if (from !== undefined) wanted.push(build('alerts.last_at', '>=', from));
  if (to !== undefined) wanted.push(build('alerts.last_at', '<', to));
  return wanted;
}

/** Who and what it is about, and whose it is. */
function subjectConditions(build: Build, filter: AlertFilter): Expression<SqlBool>[] {
  const { computer, computerId, person, device, deviceKey, assigneeId } = filter;
  const wanted: Expression<SqlBool>[] = [];
  const computers = build.selectFrom('computers').select('no');
  // The plus keeps SQLite from looking up each computer's alerts, which are rows, where the queue's index tells enough.
  const number = sql<number>`+alerts.computer_no`;
  if (computer) wanted.push(build(number, 'in', computers.where(contains('hostname', computer))));
  if (computerId) wanted.push(build('alerts.computer_no', '=', computers.where('id', '=', computerId)));
  if (person) wanted.push(sql<SqlBool>`lower(alerts.person) = ${person.toLowerCase()}`);
  if (device) wanted.push(contains('alerts.device', device));
  if (deviceKey) wanted.push(build('alerts.device_key', '=', deviceKey));
  if (assigneeId === null) wanted.push(build('alerts.assignee_id', 'is', null));
  if (assigneeId) wanted.push(build('alerts.assignee_id', '=', assigneeId));
  return wanted;
}

function contains(column: string, part: string): Expression<SqlBool> {
  const pattern = `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

function scopeConditions(build: Build, { organisation, scope }: AlertsWithin): Expression<SqlBool>[] {
  const { organisations, teams } = scope;
  if (organisations !== 'all' && !organisations.includes(organisation)) return [sql<SqlBool>`1 = 0`];
  if (teams === 'all') return [];
  const ofTeams = build
    .selectFrom('person_accounts')
    .innerJoin('people', 'people.id', 'person_accounts.person_id')
    .where('people.organisation', '=', organisation)
    .where('people.team_id', 'in', [...teams])
    .where(sql<SqlBool>`person_accounts.name = lower(alerts.person)`)
    .select('person_accounts.name');
  return [build.exists(ofTeams)];
}
