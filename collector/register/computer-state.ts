import { sql } from 'kysely';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import { rowsWriter, times } from '../store/many-rows.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** What a run of one computer's events tells of its present state. Times are milliseconds, by the computer's clock. */
export interface StateSeen {
  drives: { key: string; facts: DriveFacts | null; at: number }[];
  posture: { facts: PostureFacts; at: number }[];
  users: { user: string; firstAt: number; lastAt: number; events: number }[];
}

/** Pure: the newest state of each drive, each part of the protection and each person. */
export function stateIn(events: readonly PortcullisEvent[]): StateSeen {
  const drives = new Map<string, StateSeen['drives'][number]>();
  const posture = new Map<string, StateSeen['posture'][number]>();
  const users = new Map<string, StateSeen['users'][number]>();
  for (const event of events) {
    const user = event.actor?.user;
    if (user !== undefined) {
      const at = Date.parse(event.at);
      const known = users.get(user);
      users.set(user, { user, firstAt: known?.firstAt ?? at, lastAt: at, events: (known?.events ?? 0) + 1 });
    }
    if (event.kind === 'drive.encryption-changed' || event.kind === 'drive.removed') {
      const { drive } = event.data;
      const key = `${drive.use} ${drive.name}`;
      drives.set(key, { key, facts: event.kind === 'drive.removed' ? null : drive, at: Date.parse(event.at) });
    } else if (event.kind === 'posture.changed') {
      posture.set(event.data.posture.item, { facts: event.data.posture, at: Date.parse(event.at) });
    }
  }
  return { drives: [...drives.values()], posture: [...posture.values()], users: [...users.values()] };
}

/** Makes the function that keeps the state of computers, by what their batches told in turn. */
export function stateSaver(store: Store) {
  const saveDrives = rowsWriter((rows) => compileDrives(store, rows));
  const savePosture = rowsWriter((rows) => compilePosture(store, rows));
  const saveUsers = rowsWriter((rows) => compileUsers(store, rows));
  return async (tx: StoreTransaction, told: readonly StateTold[]): Promise<void> => {
    const { present, gone } = newestDrives(told);
    await saveDrives(tx, present);
    for (const { computerNo, key } of gone)
      await tx.deleteFrom('computer_drives').where('computer_no', '=', computerNo).where('key', '=', key).execute();
    const posture = told.flatMap(({ computerNo, state }) =>
      state.posture.map(({ facts, at }) => [computerNo, facts.item, facts.state, JSON.stringify(facts), at]),
    );
    await savePosture(tx, posture);
    const users = told.flatMap(({ computerNo, state }) =>
      state.users.map(({ user, firstAt, lastAt, events }) => [computerNo, user, firstAt, lastAt, events]),
    );
    await saveUsers(tx, users);
  };
}

interface StateTold {
  computerNo: number;
  state: StateSeen;
}

/** What was told last of each drive: its row, or that it is gone. Pure. */
function newestDrives(told: readonly StateTold[]) {
  const newest = new Map<string, { computerNo: number } & StateSeen['drives'][number]>();
  for (const { computerNo, state } of told) {
    for (const drive of state.drives) newest.set(`${computerNo} ${drive.key}`, { computerNo, ...drive });
  }
  const drives = [...newest.values()];
  return {
    present: drives.flatMap(({ computerNo, key, facts, at }) =>
      facts ? [[computerNo, key, facts.encryption, JSON.stringify(facts), at]] : [],
    ),
    gone: drives.filter(({ facts }) => facts === null),
  };
}

function compileDrives(store: Store, rows: number) {
  return store
    .insertInto('computer_drives')
    .values(times(rows, { computer_no: 0, key: '', encryption: '', facts: '', at: 0 }))
    .onConflict((conflict) =>
      conflict.columns(['computer_no', 'key']).doUpdateSet((build) => ({
        encryption: build.ref('excluded.encryption'),
        facts: build.ref('excluded.facts'),
        at: build.ref('excluded.at'),
      })),
    )
    .compile();
}

function compilePosture(store: Store, rows: number) {
  return store
    .insertInto('computer_posture')
    .values(times(rows, { computer_no: 0, item: '', state: '', facts: '', at: 0 }))
    .onConflict((conflict) =>
      conflict.columns(['computer_no', 'item']).doUpdateSet((build) => ({
        state: build.ref('excluded.state'),
        facts: build.ref('excluded.facts'),
        at: build.ref('excluded.at'),
      })),
    )
    .compile();
}

function compileUsers(store: Store, rows: number) {
  return store
    .insertInto('computer_users')
    .values(times(rows, { computer_no: 0, user: '', first_at: 0, last_at: 0, events: 0 }))
    .onConflict((conflict) =>
      conflict.columns(['computer_no', 'user']).doUpdateSet((build) => ({
        last_at: build.ref('excluded.last_at'),
        events: sql<never>`computer_users.events + excluded.events`,
      })),
    )
    .compile();
}

/** Forgets who used a computer last before a moment, save who is held. @returns how many were forgotten and kept */
export async function forgetUsers(
  tx: StoreTransaction,
  before: number,
  isHeld: (user: string) => boolean,
): Promise<{ removed: number; held: number }> {
  const due = await tx
    .selectFrom('computer_users')
    .select(['computer_no', 'user'])
    .where('last_at', '<', before)
    .execute();
  const over = due.filter(({ user }) => !isHeld(user));
  for (const { computer_no, user } of over)
    await tx.deleteFrom('computer_users').where('computer_no', '=', computer_no).where('user', '=', user).execute();
  return { removed: over.length, held: due.length - over.length };
}
