import { hash } from 'node:crypto';
import { isoTime } from '#shared/clock.ts';
import type { Coverage, Inventory } from '#shared/events/agent.ts';
import type { EventData, EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { Severity } from '#shared/policy/schema.ts';
import { raiseAlerts } from '../../../collector/alerting/alerts.ts';
import { addComputer, saveFacts, statusSaver } from '../../../collector/register/computers.ts';
import { sightingSaver, sightingsIn } from '../../../collector/register/sightings.ts';
import type { TestStore } from './site.ts';

type Context = TestStore['context'];

export interface FilledComputer {
  id: string;
  no: number;
  hostname: string;
}

let keys = 0;

export async function fillComputer(context: Context, hostname: string): Promise<FilledComputer> {
  const now = context.clock.now();
  keys += 1;
  const publicKey = hash('sha256', `${hostname} ${keys}`, 'base64url');
  return context.store.transaction().execute(async (tx) => {
    const id = await addComputer(tx, { publicKey, hostname, version: '0.1.0', now });
    const { no } = await tx.selectFrom('computers').select('no').where('id', '=', id).executeTakeFirstOrThrow();
    return { id, no, hostname };
  });
}

export async function reportFacts(
  context: Context,
  { no }: FilledComputer,
  facts: { coverage?: Coverage[]; inventory?: Inventory; os?: string; version?: string },
): Promise<void> {
  await context.store.transaction().execute((tx) => saveFacts(tx, no, facts));
}

/** What an agent says of itself every 30 seconds. @param ago milliseconds since the last time */
export async function reportStatus(
  context: Context,
  { no }: FilledComputer,
  { ago = 0, events = 0, conditions = [] as ('watcher-failed' | 'spool-nearly-full')[], policyVersion = 1 } = {},
): Promise<void> {
  const now = context.clock.now() - ago;
  const oldest = events > 0 ? { oldest: isoTime(now - 3 * 3_600_000) } : {};
  const spool = { events, bytes: events * 500, ...oldest };
  await context.store
    .transaction()
    .execute((tx) => statusSaver(context.store)(tx, no, { type: 'status', policyVersion, spool, conditions }, now));
}

/** Stores an event as ingest does, as far as the pages can tell. @returns its number */
export async function fillEvent<K extends EventKind>(
  context: Context,
  { no }: FilledComputer,
  kind: K,
  data: EventData<K>,
  more: Partial<Pick<PortcullisEvent, 'actor' | 'decision' | 'outcome'>> & { at?: number; receivedAt?: number } = {},
): Promise<number> {
  const { store, clock } = context;
  const { at = clock.now(), receivedAt = clock.now(), ...rest } = more;
  const { head_seq } = await store
    .selectFrom('computers')
    .select('head_seq')
    .where('no', '=', no)
    .executeTakeFirstOrThrow();
  const seq = head_seq + 1;
  const line = JSON.stringify({ seq, at: isoTime(at), bootId: 'boot', uptimeMs: 1, kind, data, ...rest });
  const row = {
    computer_no: no,
    seq,
    at,
    received_at: receivedAt,
    kind,
    line,
    line_hash: null,
    link: Buffer.alloc(32),
  };
  await store.insertInto('events').values(row).execute();
  const event = JSON.parse(line) as PortcullisEvent;
  await store
    .transaction()
    .execute((tx) => sightingSaver(store)(tx, [{ computerNo: no, sightings: sightingsIn([event], no, receivedAt) }]));
  await store.updateTable('computers').set({ head_seq: seq }).where('no', '=', no).execute();
  return seq;
}

export interface Filling {
  title: string;
  severity?: Severity;
  clause?: string;
  ruleId?: string;
  kind?: EventKind;
  seqs?: readonly (number | null)[];
  at?: number;
  /** Same as of another alert: a repeat. */
  group?: string;
  person?: string;
  device?: { key?: string; name: string };
}

let groups = 0;

/** Raises an alert through the module that owns the table. @returns its id */
export async function fillAlert(context: Context, { no }: FilledComputer, filling: Filling): Promise<string> {
  const now = context.clock.now();
  groups += 1;
  const { seqs = [null], at = now, group = `group ${groups}` } = filling;
  const findings = seqs.map((seq) => ({
    ruleId: filling.ruleId ?? 'media-attached',
    title: filling.title,
    severity: filling.severity ?? ('medium' as const),
    clause: filling.clause ?? 'focus 3.2',
    recipients: ['ict' as const, 'supervisor' as const],
    tell: 'now' as const,
    kind: filling.kind ?? ('media.attached' as const),
    group,
    seq,
    at,
    ...(filling.person !== undefined && { person: filling.person }),
    ...(filling.device && { device: filling.device }),
  }));
  const ids = await context.store
    .transaction()
    .execute((tx) => raiseAlerts(tx, { computerNo: no, policyVersion: 1, findings, now }));
  const [id] = ids;
  if (id === undefined) throw new Error('no alert was raised');
  return id;
}
