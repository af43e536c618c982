import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { EventData, PortcullisEvent } from '#shared/events/kinds.ts';
import { policyInForce } from '../../collector/policies/in-force.ts';
import { currentPolicy } from '../../collector/policies/policies.ts';
import { openStore } from '../../collector/store/database.ts';
import { linkAt } from '../../collector/store/events.ts';
import type { Store } from '../../collector/store/tables.ts';
import { verifyStore } from '../../collector/store/verify.ts';
import type { Allowed } from './fault.ts';
import type { Ground, GroundAgent } from './ground.ts';
import { alertFaults } from './replayed-alerts.ts';

const megabyte = 1024 * 1024;
/** Stated bounds: of the collector's memory, of an agent's, and of what the disk holds beside the events. */
const bounds = { collector: 512 * megabyte, agent: 256 * megabyte, beside: 80 * megabyte, perEvent: 4096 };

/** Looks at what a fault left behind, with every program stopped. @returns what is wrong, in sentences; empty when all holds */
export async function check(ground: Ground, allowed: Allowed): Promise<string[]> {
  const { collector, agents } = ground;
  const ran = agents.filter(({ home }) => existsSync(home.spool));
  const wrong = [...unhealthy(collector.store, 'store'), ...ran.flatMap(({ home }) => unhealthy(home.spool, 'spool'))];
  if (wrong.length > 0) return wrong;
  const { store, close } = openStore(collector.store, { readOnly: true });
  try {
    for (const agent of ran) wrong.push(...(await checkAgent(store, agent, allowed)));
    for (const { hostname, fault, holds } of (await verifyStore(store, undefined, () => undefined)).computers)
      if (!holds) wrong.push(`The chain of ${hostname} does not hold: ${fault}`);
    wrong.push(...(await unexpected(store, allowed)));
  } finally {
    await close();
  }
  return [...wrong, ...tooMuch(ground, ran, allowed)];
}

/** SQLite's own opinion of a file. */
function unhealthy(file: string, name: string): string[] {
  const database = new Database(file, { readonly: true });
  try {
    const says = database.pragma('integrity_check(1)', { simple: true });
    return says === 'ok' ? [] : [`The ${name} is damaged: ${says}`];
  } finally {
    database.close();
  }
}

interface Waiting {
  stored: { seq: number; link: Buffer };
  events: PortcullisEvent[];
}

function waitingIn(file: string): Waiting {
  const database = new Database(file, { readonly: true });
  try {
    const stored = database
      .prepare<[], Waiting['stored']>("SELECT seq, link FROM chain WHERE name = 'stored'")
      .get() ?? { seq: 0, link: Buffer.alloc(0) };
    const rows = database.prepare<[], { line: string }>('SELECT line FROM event ORDER BY seq').all();
    return { stored, events: rows.map(({ line }) => JSON.parse(line) as PortcullisEvent) };
  } finally {
    database.close();
  }
}

async function checkAgent(store: Store, agent: GroundAgent, allowed: Allowed): Promise<string[]> {
  const { computerId, home } = agent;
  const { no, head_seq: head } = await store
    .selectFrom('computers')
    .select(['no', 'head_seq'])
    .where('id', '=', computerId)
    .executeTakeFirstOrThrow();
  const rows = await store
    .selectFrom('events')
    .select(['seq', 'line'])
    .where('computer_no', '=', no)
    .orderBy('seq')
    .execute();
  const events = rows.map(({ line }) => JSON.parse(line ?? 'null') as PortcullisEvent);
  const waiting = waitingIn(home.spool);
  const known = [...events, ...waiting.events.filter(({ seq }) => seq > head)];
  const policy = await currentPolicy(store);
  if (!policy) return ['There is no policy in the store.'];
  return [
    ...(await notStored(store, no, head, waiting)),
    ...lostOrDoubled(known, agent.accepted(), allowed),
    ...undeclared(known, allowed),
    ...(await alertFaults(store, no, events, policyInForce(policy).evaluate)),
    ...(await gapsUntold(store, no)),
  ].map((says) => `${agent.home.folder.slice(-7)}: ${says}`);
}

/** What the agent was told is stored must be. */
async function notStored(store: Store, no: number, head: number, { stored }: Waiting): Promise<string[]> {
  if (stored.seq > head) return [`Number ${stored.seq} was acknowledged, and only ${head} are stored.`];
  if (stored.seq === 0) return [];
  const link = await linkAt(store, no, stored.seq);
  return link?.equals(stored.link) ? [] : [`What was acknowledged as number ${stored.seq} is not what is stored.`];
}

/** The agent's watcher counts: each number that its spool accepted is there once, or was told as lost. */
function lostOrDoubled(events: readonly PortcullisEvent[], accepted: number, { losses }: Allowed): string[] {
  const numbers = events.flatMap((event) => (event.kind === 'document.saved' ? [event.data.sizeBytes] : []));
  const different = new Set(numbers);
  const wrong = different.size === numbers.length ? [] : [`${numbers.length - different.size} events are doubled.`];
  const most = Math.max(accepted, numbers.at(-1) ?? 0);
  const missing = most - different.size;
  const told = lossesIn(events).reduce((sum, { count }) => sum + count, 0);
  if (missing > 0 && !(losses && missing <= told))
    wrong.push(`${missing} of ${most} accepted events are missing, and ${told} were told as lost.`);
  return wrong;
}

function lossesIn(events: readonly PortcullisEvent[]): EventData<'events.lost'>[] {
  return events.flatMap((event) => (event.kind === 'events.lost' ? [event.data] : []));
}

/** Every number that is missing lies within what an `events.lost` names. */
function undeclared(events: readonly PortcullisEvent[], { losses }: Allowed): string[] {
  const lost = lossesIn(events);
  if (lost.length > 0 && !losses) return [`Events were told as lost: ${JSON.stringify(lost[0])}`];
  let place = 0;
  for (const { seq } of events) {
    for (let missing = place + 1; missing < seq; missing += 1)
      if (!lost.some(({ from, to }) => from <= missing && missing <= to))
        return [`Number ${missing} is missing, and no events.lost names it.`];
    if (seq <= place) return [`Number ${seq} comes after ${place}.`];
    place = seq;
  }
  return [];
}

/** The collector tells of gaps by an alert of its own, and only then. */
async function gapsUntold(store: Store, no: number): Promise<string[]> {
  const count = async (from: 'gaps' | 'alerts') => {
    const query = store.selectFrom(from).select((build) => build.fn.countAll<number>().as('count'));
    const narrowed = from === 'alerts' ? query.where('rule_id', '=', 'evidence-gap') : query;
    return (await narrowed.where('computer_no', '=', no).executeTakeFirstOrThrow()).count;
  };
  const [gaps, alerts] = [await count('gaps'), await count('alerts')];
  return gaps > 0 === alerts > 0 ? [] : [`There are ${gaps} gaps and ${alerts} alerts of gaps.`];
}

/** Alerts that the collector raised of its own accord though nobody did wrong. */
async function unexpected(store: Store, { alerts = [] }: Allowed): Promise<string[]> {
  const rows = await store.selectFrom('alerts').select(['rule_id']).where('kind', '=', 'collector').execute();
  const rules = new Set(
    rows.map(({ rule_id }) => rule_id).filter((rule) => ![...alerts, 'evidence-gap'].includes(rule)),
  );
  return [...rules].map((rule) => `The collector raised "${rule}" without a reason.`);
}

function tooMuch(ground: Ground, ran: readonly GroundAgent[], allowed: Allowed): string[] {
  const { collector } = ground;
  const events = ran.reduce((sum, agent) => sum + (agent.spool()?.headSeq ?? 0), 0);
  const onDisk = ['', '-wal'].reduce((sum, suffix) => sum + sizeOf(collector.store + suffix), 0);
  const measured: [string, number, number][] = [
    ['The collector held memory of', collector.program.peakMemory(), allowed.collectorMemory ?? bounds.collector],
    ['The store takes', onDisk, bounds.beside + bounds.perEvent * events],
    ...ran.map((agent): [string, number, number] => [
      'An agent held memory of',
      agent.program.peakMemory(),
      bounds.agent,
    ]),
    ...ran.map((agent): [string, number, number] => [
      'A spool takes',
      sizeOf(agent.home.spool),
      4 * megabyte + 3 * (allowed.spoolBytes ?? 16 * megabyte),
    ]),
  ];
  return measured.flatMap(([what, is, most]) => (is <= most ? [] : [`${what} ${is} bytes; the bound is ${most}.`]));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
