import { type SqlBool, sql } from 'kysely';
import { isoTime } from '#shared/clock.ts';
import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import { decide } from '#shared/policy/decide.ts';
import { type Decision, type RightName, type Rights, rightNames } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { Store } from '../store/tables.ts';
import { factsText } from './facts-text.ts';
import { timeTurns } from './time-turns.ts';

const kinds = ['media.attached', 'media.mounted', 'media.changed'] as const;
type Replayed = { [K in (typeof kinds)[number]]: EventOf<K> }[(typeof kinds)[number]];

export interface ReplayParts {
  draft: Policy;
  /** What holds now; null: nothing, so that everything the draft denies is newly blocked. */
  current: Policy | null;
  /** As it is now: the register and the approvals of all computers. */
  standing: Standing | null;
  /** Milliseconds since 1970; events before it are left out. */
  since: number;
  /** Events from this time on are left out, too; absent: none. */
  until?: number;
}

/** One right of one device on one computer that the draft decides otherwise than what holds now. */
export interface ReplayRow {
  right: RightName;
  device: Pick<DeviceFacts, 'class' | 'vendor' | 'product' | 'serial'> & { key: string };
  computer: { id: string; hostname: string };
  /** Stored events in which it would have been so. */
  count: number;
  examples: { seq: number; at: string; kind: string; rule: string }[];
}

export interface Replay {
  /** `enforced`: as both policies are in force. `as-if-enforced`: the draft only reports, so both are taken as if they enforced. */
  basis: 'enforced' | 'as-if-enforced';
  events: number;
  /** Decisions really worked out; the others had the same facts. */
  decided: number;
  /** Most frequent first. */
  newlyBlocked: ReplayRow[];
  newlyAllowed: ReplayRow[];
}

interface Difference {
  right: RightName;
  blocked: boolean;
  rule: string;
}
interface Judged {
  device: DeviceFacts;
  /** `deviceKey` of it. */
  key: string;
  differences: Difference[];
}

export interface ReplayComputer {
  id: string;
  hostname: string;
  portable?: boolean;
}

const pageSize = 5000;
const mostRemembered = 50_000;
const mostExamples = 3;

/**
 * Runs a draft over the stored events of devices: each is decided afresh by the draft and by what holds now, at its
 * own time, with the register and the approvals of today. Equal facts are decided once.
 */
export async function replay(store: Store, parts: ReplayParts): Promise<Replay> {
  const computers = await computersByNo(store);
  const judge = rememberingJudge(parts);
  const blocked = tally(computers);
  const allowed = tally(computers);
  let events = 0;
  for (const kind of kinds) {
    for await (const rows of pages(store, kind, parts)) {
      events += rows.length;
      for (const row of rows) {
        const judged = judge.of(row, computers.get(row.computer_no));
        for (const one of judged.differences) (one.blocked ? blocked : allowed).add(row, kind, judged, one);
      }
    }
  }
  return {
    basis: basisOf(parts),
    events,
    decided: judge.decided(),
    newlyBlocked: blocked.rows(),
    newlyAllowed: allowed.rows(),
  };
}

export function basisOf({ draft }: Pick<ReplayParts, 'draft'>): Replay['basis'] {
  return draft.mode === 'enforce' ? 'enforced' : 'as-if-enforced';
}

/** What one event comes to, without any memory: the law the replay is held to. */
export function judgeEvent(event: Replayed, computer: ReplayComputer | undefined, parts: ReplayParts): Judged {
  const { draft, current, standing } = parts;
  const facts = factsOf(event, computer);
  const own = standing && {
    ...standing,
    approvals: standing.approvals.filter((one) => isFor(one.computerId, computer)),
  };
  const at = Date.parse(event.at);
  const side = (policy: Policy | null) => decide(policy && { policy, version: 0 }, facts, own, at);
  const [before, after] = [side(current), side(draft)];
  const enforced = basisOf(parts) === 'enforced';
  const rightsOf = ({ rights, wouldHave }: Decision): Rights => (enforced ? rights : (wouldHave ?? rights));
  const differences = rightNames
    .filter((right) => rightsOf(before)[right] !== rightsOf(after)[right])
    .map((right) => ({
      right,
      blocked: rightsOf(after)[right] === 'deny',
      rule: after.decidedBy?.[right] ?? after.ruleId,
    }));
  const { device } = event.data;
  return { device, key: deviceKey(device), differences };
}

function isFor(computerId: string | undefined, computer: ReplayComputer | undefined): boolean {
  return computerId === undefined || computerId === computer?.id;
}

function factsOf(event: Replayed, computer: ReplayComputer | undefined): Facts {
  const user = event.actor?.user;
  return {
    device: event.data.device,
    ...(event.kind === 'media.mounted' && { volume: event.data.volume }),
    ...(user !== undefined && { user: { name: user } }),
    ...(computer && { computer }),
  };
}

interface EventRow {
  computer_no: number;
  seq: number;
  at: number;
  line: string;
}

/** Decides equal facts once. Computer and time belong to the facts only where a policy or the standing asks for them. */
function rememberingJudge(parts: ReplayParts) {
  const { draft, current, standing } = parts;
  const policies = current ? [draft, current] : [draft];
  const turn = timeTurns(policies, standing);
  const asksComputer =
    policies.some(({ rules }) => JSON.stringify(rules ?? []).includes('"computer":')) ||
    (standing?.approvals.some(({ computerId }) => computerId !== undefined) ?? false);
  const known = new Map<number, Map<string, Map<string, Judged>>>();
  let remembered = 0;
  let decided = 0;

  /** What is remembered of events like this one: of its computer and its stretch of time, where they count. */
  function place(row: EventRow): Map<string, Judged> {
    const byTurn = within(known, asksComputer ? row.computer_no : 0);
    return within(byTurn, turn(row.at));
  }

  function decideAfresh(row: EventRow, computer: ReplayComputer | undefined, text: string): Judged {
    if (remembered >= mostRemembered) {
      known.clear();
      remembered = 0;
    }
    // Each line was checked against the schema of its kind before it was stored.
    const judged = judgeEvent(JSON.parse(row.line) as Replayed, computer, parts);
    place(row).set(text, judged);
    remembered += 1;
    decided += 1;
    return judged;
  }

  return {
    decided: () => decided,
    of(row: EventRow, computer: ReplayComputer | undefined): Judged {
      const text = factsText(row.line);
      return place(row).get(text) ?? decideAfresh(row, computer, text);
    },
  };
}

function within<K, I, V>(maps: Map<K, Map<I, V>>, key: K): Map<I, V> {
  let found = maps.get(key);
  if (!found) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}

async function computersByNo(store: Store): Promise<Map<number, ReplayComputer>> {
  const rows = await store.selectFrom('computers').select(['no', 'id', 'hostname', 'inventory']).execute();
  return new Map(
    rows.map(({ no, id, hostname, inventory }) => {
      const { portable } = JSON.parse(inventory ?? '{}') as { portable?: boolean };
      return [no, { id, hostname, ...(portable !== undefined && { portable }) }];
    }),
  );
}

async function* pages(
  store: Store,
  kind: string,
  { since, until = Number.MAX_SAFE_INTEGER }: ReplayParts,
): AsyncGenerator<EventRow[]> {
  let last = { at: since, computer_no: -1, seq: -1 };
  while (true) {
    const rows = await store
      .selectFrom('events')
      .select(['computer_no', 'seq', 'at', 'line'])
      .where('kind', '=', kind)
      .where('at', '>=', last.at)
      .where('at', '<', until)
      .where(sql<SqlBool>`(at, computer_no, seq) > (${last.at}, ${last.computer_no}, ${last.seq})`)
      .where('line', 'is not', null)
      .orderBy('at')
      .orderBy('computer_no')
      .orderBy('seq')
      .limit(pageSize)
      .$narrowType<{ line: string }>()
      .execute();
    if (rows.length > 0) yield rows;
    const end = rows.at(-1);
    if (!end || rows.length < pageSize) return;
    last = end;
  }
}

interface Tallied {
  judged: Judged;
  count: number;
  examples: ReplayRow['examples'];
}

/** Counts what is answered. By identity first, which is quick, and by name only at the end. */
function tally(computers: ReadonlyMap<number, ReplayComputer>) {
  const tallied = new Map<Difference, Map<number, Tallied>>();

  function rowOf(computerNo: number, right: RightName, { device, key }: Judged): ReplayRow {
    const { id = '', hostname = '' } = computers.get(computerNo) ?? {};
    const { class: deviceClass, vendor, product, serial } = device;
    const words = { ...(vendor && { vendor }), ...(product && { product }), ...(serial && { serial }) };
    return { right, device: { key, class: deviceClass, ...words }, computer: { id, hostname }, count: 0, examples: [] };
  }

  return {
    add(event: EventRow, kind: string, judged: Judged, difference: Difference): void {
      const byComputer = within(tallied, difference);
      let one = byComputer.get(event.computer_no);
      if (!one) {
        one = { judged, count: 0, examples: [] };
        byComputer.set(event.computer_no, one);
      }
      one.count += 1;
      if (one.examples.length === mostExamples) return;
      one.examples.push({ seq: event.seq, at: isoTime(event.at), kind, rule: difference.rule });
    },
    rows(): ReplayRow[] {
      return merged(
        [...tallied].flatMap(([{ right }, byComputer]) =>
          [...byComputer].map(([computerNo, { judged, count, examples }]) => ({
            ...rowOf(computerNo, right, judged),
            count,
            examples,
          })),
        ),
      );
    },
  };
}

/** One row for each right of each device on each computer, most frequent first, with its first examples. */
function merged(rows: readonly ReplayRow[]): ReplayRow[] {
  const byName = new Map<string, ReplayRow>();
  for (const row of rows) {
    const name = `${row.computer.id} ${row.right} ${row.device.key}`;
    const before = byName.get(name);
    const examples = [...(before?.examples ?? []), ...row.examples].sort(inTime).slice(0, mostExamples);
    // Told as it was seen first: one device may show itself as two classes.
    const first = before?.examples[0] === examples[0] ? before : row;
    byName.set(name, {
      ...row,
      device: first?.device ?? row.device,
      count: row.count + (before?.count ?? 0),
      examples,
    });
  }
  const named = [...byName].sort(([left, one], [right, other]) => other.count - one.count || (left < right ? -1 : 1));
  return named.map(([, row]) => row);
}

type Example = ReplayRow['examples'][number];

function inTime(left: Example, right: Example): number {
  return left.at.localeCompare(right.at) || left.seq - right.seq;
}

/** The answer to the whole from the answers to its stretches of time. */
export function joined(replays: readonly Replay[], basis: Replay['basis']): Replay {
  const sum = (of: (one: Replay) => number) => replays.reduce((total, one) => total + of(one), 0);
  return {
    basis,
    events: sum(({ events }) => events),
    decided: sum(({ decided }) => decided),
    newlyBlocked: merged(replays.flatMap(({ newlyBlocked }) => newlyBlocked)),
    newlyAllowed: merged(replays.flatMap(({ newlyAllowed }) => newlyAllowed)),
  };
}
