import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '#shared/clock.ts';
import { alertRaiser, type Raise } from '../../collector/alerting/alerts.ts';
import type { Store } from '../../collector/store/tables.ts';

const day = 24 * 3_600_000;
const together = 500;

/** Raises as many as are missing, spread over 90 days and all computers, and waits until notices of them are planned. */
export async function fillUpAlerts(store: Store, wanted: number): Promise<void> {
  const { count } = await store
    .selectFrom('alerts')
    .select((build) => build.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const active = await store.selectFrom('computers').select('no').where('state', '=', 'active').execute();
  const computers = active.map(({ no }) => no);
  const now = systemClock.now();
  const raise = alertRaiser(store);
  for (let from = count; from < wanted; from += together) {
    const length = Math.min(wanted - from, together);
    const raises = Array.from({ length }, (_, index) => raiseOf(from + index, computers, now));
    await store.transaction().execute((tx) => raise(tx, raises));
    // The agents of this process have to answer the collector meanwhile, or it takes them for gone.
    await nextTurn();
  }
  await planned(store);
}

function raiseOf(made: number, computers: readonly number[], now: number): Raise {
  const at = now - (made % 90) * day;
  const finding = {
    ruleId: `rule-${made % 12}`,
    title: `Document saved outside the central server ${made % 12}`,
    severity: (['low', 'low', 'medium', 'high'] as const)[made % 4] ?? 'low',
    clause: 'focus 4.4',
    recipients: ['ict' as const],
    tell: 'digest' as const,
    kind: 'document.saved',
    group: `bench ${made}`,
    seq: 1 + (made % 50),
    at,
  };
  return { computerNo: computers[made % computers.length] ?? 1, policyVersion: 1, findings: [finding], now: at };
}

/** Until notices were planned for all alerts, as they are on every other morning: nobody raises 20,000 in a minute. */
async function planned(store: Store): Promise<void> {
  const { newest } = await store
    .selectFrom('alerts')
    .select((build) => build.fn.max('change_no').as('newest'))
    .executeTakeFirstOrThrow();
  for (;;) {
    const { change_no: reached } = await store
      .selectFrom('notice_cursor')
      .select('change_no')
      .executeTakeFirstOrThrow();
    if (reached >= Number(newest)) return;
    await pause(500);
  }
}
