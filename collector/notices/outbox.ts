import { hash } from 'node:crypto';
import { uuidv7 } from '#shared/uuid.ts';
import type { NoticeDeliveriesTable } from '../store/notice-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { nextAttempt } from './channels/retry.ts';
import { noteStep } from './notices.ts';
import type { TemplateName } from './templates.ts';

/** A message to be sent, without its text: that is made when it goes out. */
export interface NewDelivery {
  noticeId: string | null;
  recipientId: string | null;
  /** `mail`, or `webhook:` and its name. */
  channel: string;
  template: TemplateName | 'webhook';
  address: string;
  sendAt: number;
  /** Right-hand side of the message id: the name under which people reach the console. */
  domain: string;
  now: number;
}

/** @returns its id */
export async function plan(tx: StoreTransaction, delivery: NewDelivery): Promise<string> {
  const { noticeId, recipientId, channel, template, address, sendAt, domain, now } = delivery;
  const id = uuidv7(now);
  const row: NoticeDeliveriesTable = {
    id,
    notice_id: noticeId,
    recipient_id: recipientId,
    channel,
    template,
    address,
    message_id: `<${id}@${domain}>`,
    state: 'waiting',
    attempts: 0,
    planned_at: now,
    next_at: sendAt,
    leased_until: null,
    subject: null,
    text: null,
    html: null,
    sha256: null,
    sent_at: null,
    failure: null,
  };
  await tx.insertInto('notice_deliveries').values(row).execute();
  return id;
}

export interface Text {
  subject: string;
  text: string;
  html: string;
}
export type Leased = NoticeDeliveriesTable & Text;

/** Longer than any attempt takes, so that a message is never with two. */
const leaseMilliseconds = 5 * 60_000;

/**
 * Takes what is due and nobody has, and keeps its text from now on: what goes out a second time is the same. What a
 * process had in hand when it died becomes due when its lease is over.
 * @param write makes the text of a message that goes out for the first time
 */
export async function lease(
  store: Store,
  { now, most }: { now: number; most: number },
  write: (tx: StoreTransaction, delivery: NoticeDeliveriesTable) => Promise<Text>,
): Promise<Leased[]> {
  if (!(await isDue(store, now))) return [];
  return store.transaction().execute(async (tx) => {
    const rows = await due(tx, now).limit(most).execute();
    const leased: Leased[] = [];
    for (const row of rows) {
      const { subject, text, html } = row;
      const kept = subject !== null && text !== null && html !== null ? { subject, text, html } : await write(tx, row);
      const change = {
        ...kept,
        sha256: textHash(kept),
        state: 'leased' as const,
        attempts: row.attempts + 1,
        leased_until: now + leaseMilliseconds,
      };
      await tx.updateTable('notice_deliveries').set(change).where('id', '=', row.id).execute();
      leased.push({ ...row, ...change });
    }
    return leased;
  });
}

function due(store: Store, now: number) {
  return store
    .selectFrom('notice_deliveries')
    .selectAll()
    .where((build) =>
      build.or([
        build.and([build('state', '=', 'waiting'), build('next_at', '<=', now)]),
        build.and([build('state', '=', 'leased'), build('leased_until', '<=', now)]),
      ]),
    )
    .orderBy('next_at')
    .orderBy('id');
}

/** Asked every second, so without a transaction. */
async function isDue(store: Store, now: number): Promise<boolean> {
  return (await due(store, now).limit(1).executeTakeFirst()) !== undefined;
}

export function textHash({ subject, text, html }: Text): string {
  return hash('sha256', JSON.stringify([subject, text, html]));
}

/** At the start of the one process that sends: what was in hand was in the hand of one that is no more. */
export async function releaseLeases(store: Store): Promise<void> {
  await store
    .updateTable('notice_deliveries')
    .set({ state: 'waiting', leased_until: null })
    .where('state', '=', 'leased')
    .execute();
}

/** The other side has said yes. */
export async function commitSent(store: Store, { id, notice_id, template }: Leased, now: number): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await tx
      .updateTable('notice_deliveries')
      .set({ state: 'sent', sent_at: now, leased_until: null, failure: null })
      .where('id', '=', id)
      .execute();
    if (notice_id !== null) await noteStep(tx, { noticeId: notice_id, at: now, action: 'sent', note: template });
  });
}

/** It did not go out: later again, or, for good or after days of trying, not at all. People then see it. */
export async function rollBack(
  store: Store,
  { id, notice_id, attempts, planned_at }: Leased,
  { failure, retry, now }: { failure: string; retry: boolean; now: number },
): Promise<'waiting' | 'failed'> {
  const next = retry ? nextAttempt(attempts, planned_at, now) : undefined;
  const state = next === undefined ? 'failed' : 'waiting';
  await store.transaction().execute(async (tx) => {
    await tx
      .updateTable('notice_deliveries')
      .set({ state, failure, leased_until: null, ...(next !== undefined && { next_at: next }) })
      .where('id', '=', id)
      .execute();
    if (state === 'failed' && notice_id !== null) {
      await noteStep(tx, { noticeId: notice_id, at: now, action: 'undelivered', note: failure });
    }
  });
  return state;
}

/** A message of its own with the same purpose, after what stood in the way was mended. Undefined when there is none such. */
export async function resend(
  tx: StoreTransaction,
  id: string,
  { address, domain, now, accountId }: { address: string | undefined; domain: string; now: number; accountId: string },
): Promise<string | undefined> {
  const old = await deliveryById(tx, id);
  if (!old) return undefined;
  const { notice_id, recipient_id, channel, template } = old;
  const fresh = { noticeId: notice_id, recipientId: recipient_id, channel, template: template as TemplateName };
  const made = await plan(tx, { ...fresh, address: address ?? old.address, sendAt: now, domain, now });
  if (notice_id === null) {
    // The list of a summary hangs on the delivery.
    await tx.updateTable('notice_recipients').set({ digest_id: made }).where('digest_id', '=', id).execute();
  } else await noteStep(tx, { noticeId: notice_id, at: now, action: 'resent', accountId });
  return made;
}

/** People say that it came back although the server had taken it. */
export async function markBounced(
  tx: StoreTransaction,
  id: string,
  { now, accountId }: { now: number; accountId: string },
): Promise<boolean> {
  const old = await deliveryById(tx, id);
  if (!old) return false;
  const failure = 'It came back after the mail server had taken it.';
  await tx.updateTable('notice_deliveries').set({ state: 'failed', failure }).where('id', '=', id).execute();
  if (old.notice_id !== null) {
    await noteStep(tx, { noticeId: old.notice_id, at: now, action: 'undelivered', accountId, note: failure });
  }
  return true;
}

export function deliveryById(store: Store, id: string): Promise<NoticeDeliveriesTable | undefined> {
  return store.selectFrom('notice_deliveries').selectAll().where('id', '=', id).executeTakeFirst();
}

export interface OutboxFigures {
  waiting: number;
  failed: number;
  sentLastDay: number;
  /** When the oldest that is due was to go out. */
  oldestDue: number | null;
  /** Tried in vain at least once, and not given up. */
  struggling: number;
}

export async function outboxFigures(store: Store, now: number): Promise<OutboxFigures> {
  const rows = await store
    .selectFrom('notice_deliveries')
    .select(['state', 'next_at', 'attempts', 'sent_at', 'planned_at', 'failure'])
    .where((build) => build.or([build('state', '!=', 'sent'), build('sent_at', '>', now - 24 * 3_600_000)]))
    .execute();
  const pending = rows.filter(({ state }) => state === 'waiting' || state === 'leased');
  const late = pending.filter(({ next_at, failure }) => next_at <= now || failure !== null);
  return {
    waiting: pending.length,
    failed: rows.filter(({ state }) => state === 'failed').length,
    sentLastDay: rows.filter(({ state }) => state === 'sent').length,
    oldestDue: late.length === 0 ? null : Math.min(...late.map(({ planned_at }) => planned_at)),
    struggling: pending.filter(({ failure }) => failure !== null).length,
  };
}

/** Takes the texts and addresses of what went out long ago; when, by which way and the hash of the text stay. */
export async function dropTexts(tx: StoreTransaction, before: number, kept: readonly string[]): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('notice_deliveries')
    .set({ subject: null, text: null, html: null, address: '' })
    .where('planned_at', '<', before)
    .where('state', 'in', ['sent', 'failed'])
    .where('address', '!=', '')
    .where((build) => build.or([build('notice_id', 'is', null), build('notice_id', 'not in', [...kept, ''])]))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
