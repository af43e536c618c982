import type { Clock } from '#shared/clock.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { PublishedPolicy } from '../policies/policies.ts';
import { forgetUsers } from '../register/computer-state.ts';
import { forgetLastUsers } from '../register/devices-seen.ts';
import type { RetentionLogTable } from '../store/retention-tables.ts';
import type { Store } from '../store/tables.ts';
import { noteUpkeep } from '../store/upkeep.ts';
import { redactAlerts } from './alert-people.ts';
import { type Removed, removeBodies } from './event-bodies.ts';
import { heldNow } from './holds.ts';
import { type Ends, endsOf, type Held } from './keeping.ts';
import { redactNotices } from './notice-people.ts';

/** One kind of thing that has its time. */
interface Part {
  what: RetentionLogTable['what'];
  /** Which end counts for it. */
  end: keyof Ends;
  remove(store: Store, ends: Ends, held: Held): Promise<Removed>;
}

const parts: readonly Part[] = [
  { what: 'event-bodies', end: 'routine', remove: removeBodies },
  { what: 'alert-people', end: 'violation', remove: redactAlerts },
  { what: 'notice-people', end: 'violation', remove: redactNotices },
  { what: 'last-users', end: 'violation', remove: removeLastUsers },
];

async function removeLastUsers(store: Store, { violation }: Ends, { isHeldUser }: Held): Promise<Removed> {
  return store.transaction().execute(async (tx) => {
    const users = await forgetUsers(tx, violation, isHeldUser);
    const devices = await forgetLastUsers(tx, violation, isHeldUser);
    return { removed: users.removed + devices.removed, held: users.held + devices.held };
  });
}

/** Takes away everything whose time under the policy is over and that nothing else holds, and writes down what it did. */
export async function runRetention(
  store: Store,
  { policy, version }: PublishedPolicy,
  clock: Clock,
): Promise<RetentionLogTable[]> {
  const ends = endsOf(policy.retention, clock.now());
  const held = await heldNow(store);
  const log: RetentionLogTable[] = [];
  for (const { what, end, remove } of parts) {
    const done = await remove(store, ends, held);
    const now = clock.now();
    log.push({ id: uuidv7(now), at: now, what, policy_version: version, before: ends[end], ...done });
  }
  await store.insertInto('retention_log').values(log).execute();
  const removed = log.reduce((sum, one) => sum + one.removed, 0);
  const kept = log.reduce((sum, one) => sum + one.held, 0);
  const detail =
    removed + kept === 0
      ? 'Nothing was past its time.'
      : `${removed.toLocaleString('en-GB')} things were removed; ${kept.toLocaleString('en-GB')} past their time are held.`;
  await noteUpkeep(store, { what: 'retention', at: clock.now(), well: 1, detail });
  return log;
}

/** What was done, the newest first. */
export async function retentionLog(store: Store, most: number): Promise<RetentionLogTable[]> {
  return store.selectFrom('retention_log').selectAll().orderBy('id', 'desc').limit(most).execute();
}
