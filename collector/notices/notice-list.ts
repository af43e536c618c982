import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Account } from '../accounts/accounts.ts';
import type { Role, Scope } from '../accounts/roles.ts';
import type {
  NoticeDeliveriesTable,
  NoticeHistoryTable,
  NoticeRecipientsTable,
  NoticesTable,
} from '../store/notice-tables.ts';
import type { Store, Tables } from '../store/tables.ts';

/** Who looks at notices, and what part they have. */
export interface NoticeViewer {
  account: Pick<Account, 'id' | 'role' | 'personId'>;
  scope: Scope;
}

/** Parts that a role fills. */
const partsOf: Partial<Record<Role, readonly string[]>> = {
  'ict-analyst': ['ict'],
  'ict-administrator': ['ict'],
  'head-of-business-and-governance': ['head-of-business-and-governance'],
  'ig-lead': ['ig-lead', 'ig-team'],
  iao: ['iao'],
  siro: ['siro'],
  'caldicott-guardian': ['caldicott-guardian'],
};
const seesAll: readonly Role[] = ['ict-analyst', 'ict-administrator', 'auditor'];

/** Which of the recipients of a notice somebody is. Pure. */
export function isRecipient(
  { person_id, account_id, part }: NoticeRecipientsTable,
  { id, role, personId }: NoticeViewer['account'],
): boolean {
  if (person_id !== null) return person_id === personId;
  return account_id === id || (partsOf[role] ?? []).includes(part);
}

export interface NoticeFilter {
  stage?: 'open' | 'overdue' | 'answered' | 'to-know';
  now: number;
}

export type ListedNotice = NoticesTable & { hostname: string };

/** Newest first; those that ask for an answer before those that do not. */
export function listNotices(
  store: Store,
  viewer: NoticeViewer,
  { stage, now }: NoticeFilter,
  most: number,
): Promise<ListedNotice[]> {
  let query = visible(store, viewer)
    .innerJoin('computers', 'computers.no', 'notices.computer_no')
    .selectAll('notices')
    .select('computers.hostname')
    .orderBy('notices.opened_at', 'desc')
    .orderBy('notices.number', 'desc')
    .limit(most);
  if (stage === 'open') query = query.where('notices.state', '=', 'open').where('due_at', 'is not', null);
  if (stage === 'overdue') query = query.where('notices.state', '=', 'open').where('due_at', '<', now);
  if (stage === 'answered') query = query.where('notices.state', '=', 'answered');
  if (stage === 'to-know') query = query.where('due_at', 'is', null);
  return query.execute();
}

export interface NoticeCounts {
  open: number;
  overdue: number;
  answered: number;
  'to-know': number;
}

export async function noticeCounts(store: Store, viewer: NoticeViewer, now: number): Promise<NoticeCounts> {
  const row = await visible(store, viewer)
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.sum<number>(sql`notices.state = 'open' and due_at is not null`).as('open'),
      fn.sum<number>(sql`notices.state = 'open' and due_at < ${now}`).as('overdue'),
      fn.sum<number>(sql`notices.state = 'answered'`).as('answered'),
      fn.sum<number>(sql`due_at is null`).as('know'),
    ])
    .executeTakeFirstOrThrow();
  return { open: row.open ?? 0, overdue: row.overdue ?? 0, answered: row.answered ?? 0, 'to-know': row.know ?? 0 };
}

/** Undefined when there is none, and as much so when it is one that this person may not see. */
export function noticeById(store: Store, viewer: NoticeViewer, id: string): Promise<ListedNotice | undefined> {
  return visible(store, viewer)
    .innerJoin('computers', 'computers.no', 'notices.computer_no')
    .selectAll('notices')
    .select('computers.hostname')
    .where('notices.id', '=', id)
    .executeTakeFirst();
}

function visible(store: Store, viewer: NoticeViewer) {
  return store.selectFrom('notices').where((build) => build.and(conditions(build, viewer)));
}

type Build = ExpressionBuilder<Tables, 'notices'>;

/** A supervisor sees what their teams are about and what was sent to them; others what was sent to their part. Nobody sees a notice about themselves here. */
function conditions(build: Build, { account, scope }: NoticeViewer) {
  const { role, personId, id } = account;
  const { organisations, teams } = scope;
  const wanted = [
    organisations === 'all' ? sql<SqlBool>`1 = 1` : build('notices.organisation', 'in', [...organisations]),
  ];
  if (personId !== null) {
    wanted.push(build.or([build('notices.person_id', 'is', null), build('notices.person_id', '!=', personId)]));
  }
  const inTeams = teams === 'all' ? sql<SqlBool>`1 = 1` : build('notices.team_id', 'in', [...teams, '']);
  if (seesAll.includes(role)) return [...wanted, inTeams];
  const own = build
    .selectFrom('notice_recipients')
    .select('notice_recipients.id')
    .whereRef('notice_recipients.notice_id', '=', 'notices.id')
    .where('notice_recipients.part', '!=', 'person')
    .where((inner) =>
      inner.or([
        inner('notice_recipients.person_id', '=', personId ?? ''),
        inner('notice_recipients.account_id', '=', id),
        inner.and([
          inner('notice_recipients.person_id', 'is', null),
          inner('notice_recipients.part', 'in', [...(partsOf[role] ?? []), '']),
        ]),
      ]),
    );
  return [...wanted, role === 'supervisor' ? build.or([inTeams, build.exists(own)]) : build.exists(own)];
}

export function recipientsOf(store: Store, noticeId: string): Promise<NoticeRecipientsTable[]> {
  return store
    .selectFrom('notice_recipients')
    .selectAll()
    .where('notice_id', '=', noticeId)
    .orderBy('added_at')
    .orderBy('id')
    .execute();
}

/** Oldest first; no more than 500 steps. */
export function noticeHistory(store: Store, noticeId: string): Promise<NoticeHistoryTable[]> {
  return store
    .selectFrom('notice_history')
    .selectAll()
    .where('notice_id', '=', noticeId)
    .orderBy('at')
    .orderBy('id')
    .limit(500)
    .execute();
}

export function deliveriesOf(store: Store, noticeId: string): Promise<NoticeDeliveriesTable[]> {
  return store
    .selectFrom('notice_deliveries')
    .selectAll()
    .where('notice_id', '=', noticeId)
    .orderBy('planned_at')
    .orderBy('id')
    .execute();
}

export type ListedDelivery = NoticeDeliveriesTable & { number: number | null };

/** What did not go out or has not yet, then what went, newest first. */
export function listDeliveries(store: Store, most: number): Promise<ListedDelivery[]> {
  return store
    .selectFrom('notice_deliveries')
    .leftJoin('notices', 'notices.id', 'notice_deliveries.notice_id')
    .selectAll('notice_deliveries')
    .select('notices.number')
    .orderBy(sql`case notice_deliveries.state when 'failed' then 0 when 'sent' then 2 else 1 end`)
    .orderBy('notice_deliveries.planned_at', 'desc')
    .limit(most)
    .execute();
}

export interface MissingSupervisor {
  /** Name an account was signed in with; the person when the register knows one. */
  person: string | null;
  personId: string | null;
  teamId: string | null;
  notices: number;
  last: number;
}

/** Whom notices were about that found no supervisor since then, by how they were routed. */
export async function missingSupervisors(store: Store, since: number): Promise<MissingSupervisor[]> {
  const rows = await store
    .selectFrom('notices')
    .select(({ fn }) => [
      'person',
      'person_id',
      'team_id',
      fn.countAll<number>().as('notices'),
      fn.max('opened_at').as('last'),
    ])
    .where('routed', 'in', ['no-supervisor', 'nobody-above', 'unknown-person', 'all-away'])
    .where('opened_at', '>', since)
    .groupBy(['person', 'person_id', 'team_id'])
    .orderBy('last', 'desc')
    .limit(200)
    .execute();
  return rows.map(({ person, person_id, team_id, notices, last }) => ({
    person,
    personId: person_id,
    teamId: team_id,
    notices,
    last: last ?? 0,
  }));
}
