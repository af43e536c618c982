import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#shared/clock.ts';
import { cleanText } from '#shared/text.ts';
import type { SessionsTable, Store } from '../store/tables.ts';

const minutes = 60_000;
/** A session ends after this long without a page being opened, and after this long in any case; milliseconds. */
export const sessionLimits = { idle: 30 * minutes, absolute: 12 * 60 * minutes, code: 10 * minutes } as const;
/** A use within this time of the last is not written down: a page of ten requests is one write. */
const useGrain = 1 * minutes;

export interface Session {
  /** SHA-256 of the cookie: names the session in the store and can open nothing. */
  id: string;
  accountId: string;
  formToken: string;
  /** `code`: waits for the second factor and opens nothing else. */
  stage: SessionsTable['stage'];
  /** When it ends if no page is opened any more, and when it ends in any case; milliseconds since 1970. */
  idleEnd: number;
  end: number;
}

/** What is kept of a session for its owner to know it by. */
export interface SessionFacts {
  stage?: SessionsTable['stage'];
  browser?: string | undefined;
}

/** @returns the cookie's value, which is kept nowhere, and the session */
export async function openSession(
  { store, clock }: { store: Store; clock: Clock },
  accountId: string,
  { stage = 'open', browser }: SessionFacts = {},
): Promise<{ cookie: string; session: Session }> {
  const now = clock.now();
  await store.deleteFrom('sessions').where('expires_at', '<=', now).execute();
  const cookie = randomBytes(32).toString('base64url');
  const row: SessionsTable = {
    cookie_hash: sessionId(cookie),
    account_id: accountId,
    form_token: randomBytes(32).toString('base64url'),
    created_at: now,
    last_used_at: now,
    expires_at: now + (stage === 'code' ? sessionLimits.code : sessionLimits.absolute),
    stage,
    browser: browser === undefined ? null : cleanText(browser),
  };
  await store.insertInto('sessions').values(row).execute();
  return { cookie, session: sessionOf(row) };
}

function sessionOf(row: SessionsTable): Session {
  return {
    id: row.cookie_hash,
    accountId: row.account_id,
    formToken: row.form_token,
    stage: row.stage,
    idleEnd: Math.min(row.last_used_at + sessionLimits.idle, row.expires_at),
    end: row.expires_at,
  };
}

/** The open sessions of an account, newest use first. */
export function listSessions(
  { store, clock }: { store: Store; clock: Clock },
  accountId: string,
): Promise<SessionsTable[]> {
  const now = clock.now();
  return store
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('stage', '=', 'open')
    .where('expires_at', '>', now)
    .where('last_used_at', '>', now - sessionLimits.idle)
    .orderBy('last_used_at', 'desc')
    .execute();
}

/**
 * The session a cookie belongs to, if it is still alive.
 * @param use `touch` when a person opened something, which starts the idle time anew; `look` for what a page does by itself
 */
export function findSession(
  context: { store: Store; clock: Clock },
  cookie: string,
  use: 'touch' | 'look',
): Promise<Session | undefined> {
  return sessionById(context, sessionId(cookie), use);
}

/** As {@link findSession}, for who holds the id of a session that was open. */
export async function sessionById(
  { store, clock }: { store: Store; clock: Clock },
  id: string,
  use: 'touch' | 'look',
): Promise<Session | undefined> {
  const row = await store.selectFrom('sessions').selectAll().where('cookie_hash', '=', id).executeTakeFirst();
  if (!row) return undefined;
  const now = clock.now();
  if (isOver(row, now)) {
    await endSession(store, id);
    return undefined;
  }
  if (use === 'touch' && now - row.last_used_at >= useGrain) {
    row.last_used_at = now;
    await store.updateTable('sessions').set({ last_used_at: now }).where('cookie_hash', '=', id).execute();
  }
  return sessionOf(row);
}

function isOver(row: SessionsTable, now: number): boolean {
  // A clock set back must not lengthen a session; being corrected by seconds must not end one.
  return now >= row.expires_at || now < row.created_at - useGrain || now - row.last_used_at >= sessionLimits.idle;
}

export async function endSession(store: Store, id: string): Promise<void> {
  await store.deleteFrom('sessions').where('cookie_hash', '=', id).execute();
}

/** @param except the one session that stays */
export async function endSessionsOf(store: Store, accountId: string, except = ''): Promise<void> {
  await store.deleteFrom('sessions').where('account_id', '=', accountId).where('cookie_hash', '!=', except).execute();
}

/** In constant time. */
export function isFormToken(session: Session, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(given), Buffer.from(session.formToken)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function sessionId(cookie: string): string {
  return hash('sha256', cookie, 'hex');
}
