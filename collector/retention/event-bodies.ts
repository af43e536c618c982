import { setImmediate } from 'node:timers/promises';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { dropBodies } from '../store/events.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { type Ends, type Held, reasonToKeep } from './keeping.ts';

export interface Removed {
  removed: number;
  /** Past their time, and kept for another reason. */
  held: number;
}

interface Computer {
  no: number;
  id: string;
}
interface Body {
  seq: number;
  received_at: number;
  line: string | null;
}

/** Small, so that a batch of events never waits long for the store. */
const pageSize = 500;

/**
 * Takes away the bodies of events whose time is over. Each event is looked at once when its routine time ends; those
 * kept then are listed, and looked at again with every run. What was done up to a crash stays done.
 */
export async function removeBodies(store: Store, ends: Ends, held: Held): Promise<Removed> {
  const computers = await store.selectFrom('computers').select(['no', 'id']).orderBy('no').execute();
  const sum = { removed: 0, held: 0 };
  for (const computer of computers) {
    // Those already listed first, so that what is listed in this run is not looked at twice.
    for (const step of [reconsider, lookAtNew]) {
      const { removed, held: kept } = await step(store, computer, ends, held);
      sum.removed += removed;
      sum.held += kept;
    }
  }
  return sum;
}

async function lookAtNew(store: Store, computer: Computer, ends: Ends, held: Held): Promise<Removed> {
  const sum = { removed: 0, held: 0 };
  for (let more = true; more; ) {
    more = await store.transaction().execute(async (tx) => {
      const place = await placeOf(tx, computer.no);
      const page = await bodies(tx, computer.no).where('seq', '>', place).limit(pageSize).execute();
      const due = page.filter(({ received_at }) => received_at < ends.routine);
      const { kept, dropped } = await sort(tx, computer, due, ends, held);
      await dropBodies(tx, computer.no, dropped);
      if (kept.length > 0) {
        const rows = kept.map(({ seq }) => ({ computer_no: computer.no, seq }));
        await tx
          .insertInto('kept_events')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      const last = due.at(-1);
      if (last) await savePlace(tx, computer.no, last.seq);
      sum.removed += dropped.length;
      sum.held += kept.filter(({ reason }) => isHeld(reason)).length;
      return due.length === pageSize;
    });
    await setImmediate();
  }
  return sum;
}

async function reconsider(store: Store, computer: Computer, ends: Ends, held: Held): Promise<Removed> {
  const sum = { removed: 0, held: 0 };
  let after = 0;
  for (let more = true; more; ) {
    more = await store.transaction().execute(async (tx) => {
      const page = await bodies(tx, computer.no)
        .where('seq', 'in', (eb) =>
          eb
            .selectFrom('kept_events')
            .select('kept_events.seq')
            .where('kept_events.computer_no', '=', computer.no)
            .where('kept_events.seq', '>', after)
            .orderBy('kept_events.seq')
            .limit(pageSize),
        )
        .execute();
      const { kept, dropped } = await sort(tx, computer, page, ends, held);
      await dropBodies(tx, computer.no, dropped);
      for (const { seq } of dropped)
        await tx.deleteFrom('kept_events').where('computer_no', '=', computer.no).where('seq', '=', seq).execute();
      sum.removed += dropped.length;
      sum.held += kept.filter(({ reason }) => isHeld(reason)).length;
      after = page.at(-1)?.seq ?? after;
      return page.length === pageSize;
    });
    await setImmediate();
  }
  return sum;
}

function isHeld(reason: ReturnType<typeof reasonToKeep>): boolean {
  return reason === 'hold' || reason === 'open-alert';
}

function bodies(tx: StoreTransaction, computerNo: number) {
  return tx
    .selectFrom('events')
    .select(['seq', 'received_at', 'line'])
    .where('computer_no', '=', computerNo)
    .orderBy('seq');
}

/** Which of a page of events are kept and why, and which lose their bodies. */
async function sort(tx: StoreTransaction, { no, id }: Computer, page: readonly Body[], ends: Ends, held: Held) {
  const alerts = await alertsOf(tx, no, page);
  const kept: { seq: number; reason: ReturnType<typeof reasonToKeep> }[] = [];
  const dropped: { seq: number; line: string }[] = [];
  for (const { seq, received_at: receivedAt, line } of page) {
    if (line === null) continue;
    const { actor } = JSON.parse(line) as PortcullisEvent;
    const facts = { computerId: id, receivedAt, user: actor?.user, alerts: alerts.get(seq) ?? [] };
    const reason = reasonToKeep(facts, ends, held);
    if (reason === undefined) dropped.push({ seq, line });
    else kept.push({ seq, reason });
  }
  return { kept, dropped };
}

async function alertsOf(tx: StoreTransaction, computerNo: number, page: readonly Body[]) {
  const alerts = new Map<number, { id: string; open: boolean }[]>();
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return alerts;
  const rows = await tx
    .selectFrom('alert_events')
    .innerJoin('alerts', 'alerts.id', 'alert_events.alert_id')
    .select(['alert_events.seq', 'alerts.id', 'alerts.state'])
    .where('alert_events.computer_no', '=', computerNo)
    .where('alert_events.seq', '>=', first.seq)
    .where('alert_events.seq', '<=', last.seq)
    .execute();
  for (const { seq, id, state } of rows) {
    alerts.set(seq, [...(alerts.get(seq) ?? []), { id, open: state !== 'closed' }]);
  }
  return alerts;
}

async function placeOf(tx: StoreTransaction, computerNo: number): Promise<number> {
  const row = await tx
    .selectFrom('retention_places')
    .select('seq')
    .where('computer_no', '=', computerNo)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

async function savePlace(tx: StoreTransaction, computerNo: number, seq: number): Promise<void> {
  await tx
    .insertInto('retention_places')
    .values({ computer_no: computerNo, seq })
    .onConflict((conflict) => conflict.column('computer_no').doUpdateSet({ seq }))
    .execute();
}
