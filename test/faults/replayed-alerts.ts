import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Evaluate } from '../../collector/alerting/rules.ts';
import type { Store } from '../../collector/store/tables.ts';

/** Events linked to one alert at most, as collector/alerting/alerts.ts has it. */
const linkedEvents = 100;

interface Tally {
  rule: string;
  count: number;
  first: number | null;
  last: number | null;
  linked: number;
}

/** Compares the alerts of a computer with what its stored events call for. @returns what differs, in sentences */
export async function alertFaults(
  store: Store,
  computerNo: number,
  events: readonly PortcullisEvent[],
  evaluate: Evaluate,
): Promise<string[]> {
  const wanted = replayed(events, computerNo, evaluate);
  const found = await standing(store, computerNo);
  const keys = new Set([...wanted.keys(), ...found.keys()]);
  return [...keys].flatMap((key) => {
    const [expected, is] = [JSON.stringify(wanted.get(key)), JSON.stringify(found.get(key))];
    return expected === is ? [] : [`An alert is ${is}, and a replay of the events gives ${expected}.`];
  });
}

function replayed(events: readonly PortcullisEvent[], computerNo: number, evaluate: Evaluate): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { ruleId, group, seq } of events.flatMap(evaluate)) {
    const key = `${computerNo}:${group}`;
    const tally = tallies.get(key) ?? { rule: ruleId, count: 0, first: seq, last: seq, linked: 0 };
    const count = tally.count + 1;
    tallies.set(key, { ...tally, count, last: seq, linked: Math.min(linkedEvents, count) });
  }
  return tallies;
}

/** Repeats more than a day later open another alert: they are taken together. */
async function standing(store: Store, computerNo: number): Promise<Map<string, Tally>> {
  const rows = await store
    .selectFrom('alerts')
    .select(['group_key', 'rule_id', 'count', 'first_seq', 'last_seq'])
    .select((build) =>
      build
        .selectFrom('alert_events')
        .whereRef('alert_events.alert_id', '=', 'alerts.id')
        .select((of) => of.fn.countAll<number>().as('linked'))
        .as('linked'),
    )
    .where('computer_no', '=', computerNo)
    .where('kind', '!=', 'collector')
    .orderBy('first_seq')
    .execute();
  const tallies = new Map<string, Tally>();
  for (const { group_key, rule_id, count, first_seq, last_seq, linked } of rows) {
    const before = tallies.get(group_key);
    tallies.set(group_key, {
      rule: rule_id,
      count: (before?.count ?? 0) + count,
      first: before?.first ?? first_seq,
      last: last_seq,
      linked: Math.min(linkedEvents, (before?.linked ?? 0) + (linked ?? 0)),
    });
  }
  return tallies;
}
