import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Role, Scope } from '../accounts/roles.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store, Tables } from '../store/tables.ts';
import { incidentNumber } from './incident-row.ts';
import { incidentRules } from './incident-rules.ts';
import { unfinished } from './life-cycle.ts';
import { reportWithin } from './reporting-clock.ts';

/** Who looks. */
export interface IncidentViewer {
  accountId: string;
  role: Role;
  personId: string | null;
  displayName: string;
  scope: Scope;
}

export const incidentFlags = ['due', 'overdue', 'clock', 'waiting', 'mine'] as const;
export type IncidentFlag = (typeof incidentFlags)[number];

/** What the list is narrowed to. An absent part narrows nothing. */
export interface IncidentFilter {
  state?: string | undefined;
  type?: string | undefined;
  flag?: IncidentFlag | undefined;
  /** Part of title, number or host name. */
  search?: string | undefined;
}

const sorts = {
  number: sql`incidents.year * 1000000 + incidents.serial`,
  title: sql`lower(incidents.title)`,
  state: sql`incidents.state`,
  risk: sql`incidents.risk`,
  due: sql`incidents.due_at`,
} as const;
export type IncidentSort = keyof typeof sorts;

export interface IncidentRow extends IncidentsTable {
  number: string;
  hostname: string | null;
  investigator: string | null;
  /** When it was first decided whether the ICO is told. */
  ico_at: number | null;
}

type Build = ExpressionBuilder<Tables, 'incidents'>;

/** @param page from 1 */
export async function listIncidents(
  store: Store,
  viewer: IncidentViewer,
  filter: IncidentFilter,
  { column, direction, page, size }: { column: IncidentSort; direction: 'asc' | 'desc'; page: number; size: number },
  now: number,
): Promise<{ rows: IncidentRow[]; total: number }> {
  const narrow = (build: Build) => build.and([...visible(build, viewer), ...wanted(build, filter, viewer, now)]);
  const { total } = await store
    .selectFrom('incidents')
    .where(narrow)
    .select((build) => build.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await withNames(store)
    .where(narrow)
    .orderBy(sorts[column], (order) => (direction === 'asc' ? order.asc() : order.desc()).nullsLast())
    .orderBy('incidents.id', 'desc')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { rows: rows.map(numbered), total };
}

/** Undefined when there is none, and as much so when it is one that this person may not see. */
export async function visibleIncident(
  store: Store,
  viewer: IncidentViewer,
  id: string,
): Promise<IncidentRow | undefined> {
  const row = await withNames(store)
    .where('incidents.id', '=', id)
    .where((build) => build.and(visible(build, viewer)))
    .executeTakeFirst();
  return row && numbered(row);
}

/** The same for whoever sees everything, as a command at the collector does; by id or number. */
export async function incidentByReference(store: Store, reference: string): Promise<IncidentRow | undefined> {
  const [, year, serial] = /^INC-(\d{4})-(\d{1,6})$/i.exec(reference) ?? [];
  const query = withNames(store);
  const row = await (year === undefined
    ? query.where('incidents.id', '=', reference)
    : query.where('incidents.year', '=', Number(year)).where('incidents.serial', '=', Number(serial))
  ).executeTakeFirst();
  return row && numbered(row);
}

/** Everything, newest first. */
export async function allIncidents(store: Store): Promise<IncidentRow[]> {
  const rows = await withNames(store)
    .orderBy('incidents.year', 'desc')
    .orderBy('incidents.serial', 'desc')
    .limit(1000)
    .execute();
  return rows.map(numbered);
}

function withNames(store: Store) {
  return store
    .selectFrom('incidents')
    .leftJoin('computers', 'computers.id', 'incidents.computer_id')
    .leftJoin('accounts as investigator', 'investigator.id', 'incidents.investigator_id')
    .selectAll('incidents')
    .select(['computers.hostname', 'investigator.display_name as investigator'])
    .select((build) =>
      build
        .selectFrom('incident_decisions')
        .whereRef('incident_id', '=', 'incidents.id')
        .where('body', '=', 'ico')
        .select((inner) => inner.fn.min('incident_decisions.at').as('at'))
        .as('ico_at'),
    );
}

function numbered<R extends IncidentsTable>(row: R): R & { number: string } {
  return { ...row, number: incidentNumber(row) };
}

/** How many incidents stand where, for this person. */
export async function incidentCounts(store: Store, viewer: IncidentViewer, now: number) {
  const count = async (filter: IncidentFilter & { open?: true }) => {
    const { total } = await store
      .selectFrom('incidents')
      .where((build) => build.and([...visible(build, viewer), ...wanted(build, filter, viewer, now)]))
      .where('state', 'in', [...unfinished])
      .select((build) => build.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return total;
  };
  return {
    open: await count({}),
    draft: await count({ state: 'draft' }),
    overdue: await count({ flag: 'overdue' }),
    waiting: await count({ flag: 'waiting' }),
    clock: await count({ flag: 'clock' }),
  };
}

/**
 * Whoever an incident is about does not see it here; what they said and were asked stands in the report. Supervisors see
 * those of their teams, owners those of their computers, and all see what they investigate.
 */
function visible(
  build: Build,
  { accountId, role, personId, displayName, scope }: IncidentViewer,
): Expression<SqlBool>[] {
  const parts: Expression<SqlBool>[] = [];
  if (scope.organisations !== 'all') parts.push(build('incidents.organisation', 'in', [...scope.organisations]));
  if (personId !== null) {
    parts.push(build.or([build('incidents.person_id', 'is', null), build('incidents.person_id', '!=', personId)]));
  }
  const allowed: Expression<SqlBool>[] = [build('incidents.investigator_id', '=', accountId)];
  const ofTeams =
    scope.teams === 'all' ? sql<SqlBool>`1 = 1` : inTeams(build, scope.teams.length === 0 ? [''] : [...scope.teams]);
  if (role === 'supervisor' || role === 'auditor') allowed.push(ofTeams);
  else if (role === 'iao') allowed.push(ofOwner(displayName));
  else if (incidentRules('ccg').readers.includes(role)) allowed.push(ofTeams);
  return [...parts, build.or(allowed)];
}

function inTeams(build: Build, teams: readonly string[]): Expression<SqlBool> {
  return build('incidents.team_id', 'in', [...teams]);
}

/** Only where the profile tells Information Asset Owners of every issue. */
function ofOwner(name: string): Expression<SqlBool> {
  return sql<SqlBool>`incidents.profile = 'ccg' and exists (
    select 1 from asset_details join computers on computers.no = asset_details.computer_no
    where computers.id = incidents.computer_id and lower(asset_details.iao) = ${name.toLowerCase()})`;
}

function wanted(
  build: Build,
  { state, type, flag, search }: IncidentFilter,
  viewer: IncidentViewer,
  now: number,
): Expression<SqlBool>[] {
  const parts: Expression<SqlBool>[] = [];
  if (state === 'open') parts.push(build('incidents.state', 'in', [...unfinished]));
  else if (state !== undefined) parts.push(sql<SqlBool>`incidents.state = ${state}`);
  if (type !== undefined) parts.push(build('incidents.type', '=', type));
  if (search !== undefined) {
    const part = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    parts.push(sql<SqlBool>`(lower(incidents.title) like ${part} escape '\\'
      or lower('inc-' || incidents.year || '-' || printf('%04d', incidents.serial)) like ${part} escape '\\'
      or incidents.computer_id in (select id from computers where lower(hostname) like ${part} escape '\\'))`);
  }
  if (flag) parts.push(flagged(build, flag, viewer, now));
  return parts;
}

const investigated = ['confirmed', 'investigating'] as const;

function flagged(
  build: Build,
  flag: IncidentFlag,
  { accountId, role }: IncidentViewer,
  now: number,
): Expression<SqlBool> {
  const inWork = build('incidents.state', 'in', [...investigated]);
  switch (flag) {
    case 'due':
      return build.and([inWork, build('incidents.due_at', '>=', now)]);
    case 'overdue':
      return build.and([inWork, build('incidents.due_at', '<', now)]);
    case 'clock':
      return sql<SqlBool>`incidents.aware_at > ${now - 30 * reportWithin} and incidents.state in ('draft', 'confirmed', 'investigating', 'for-approval')
        and not exists (select 1 from incident_decisions where incident_id = incidents.id and body = 'ico')`;
    case 'waiting':
      return sql<SqlBool>`incidents.state = 'for-approval' and not exists (
        select 1 from incident_approvals where incident_id = incidents.id and part = ${role}
        and verdict = 'approved' and incident_approvals.submitted_at = incidents.submitted_at)`;
    case 'mine':
      return build('incidents.investigator_id', '=', accountId);
  }
}
