import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Software } from '#shared/events/software.ts';
import type { SoftwareInstallsTable } from '../store/register-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

type Approval = SoftwareInstallsTable['approval'];

/** What a run of one computer's events says became of its software; in their order. Times in milliseconds. */
export type SoftwareChange =
  /** The baseline of a source begins: what was known of it before no longer holds. */
  | { type: 'relisted'; source: Software['source'] }
  | { type: 'present'; software: Software; approval: Approval; at: number }
  /** What is said of it turned; since when it is there did not. `isOff`: it is on no list, nor asked for, any more. */
  | { type: 'judged'; software: Software; approval: Approval; isOff: boolean }
  | { type: 'gone'; software: Software };

/** Pure. Of several changes of one title only the last is kept. */
export function softwareIn(events: readonly PortcullisEvent[]): SoftwareChange[] {
  const changes = new Map<string, SoftwareChange>();
  const add = (key: string, change: SoftwareChange) => {
    changes.delete(key);
    changes.set(key, change);
  };
  for (const event of events) {
    if (!event.kind.startsWith('software.')) continue;
    const at = Date.parse(event.at);
    if (event.kind === 'software.listed') {
      const { source, part, software } = event.data;
      if (part === 1) add(source, { type: 'relisted', source });
      for (const one of software) add(titleId(one), { type: 'present', software: one, approval: 'baseline', at });
    } else if (event.kind === 'software.installed' || event.kind === 'software.updated') {
      const { software, approval } = event.data;
      add(titleId(software), { type: 'present', software, approval, at });
    } else if (event.kind === 'software.decided') {
      const { software, approval, because } = event.data;
      const isOff = approval === 'unapproved' && because === 'list';
      // Beside what became of it in the same run, which says more.
      add(`judged ${titleId(software)}`, { type: 'judged', software, approval, isOff });
    } else if (event.kind === 'software.removed') {
      add(titleId(event.data.software), { type: 'gone', software: event.data.software });
    }
  }
  return [...changes.values()];
}

/** The same title has the same id on every computer. */
export function titleId({ source, name }: Pick<Software, 'source' | 'name'>): string {
  return hash('sha256', JSON.stringify([source, name]), 'base64url').slice(0, 22);
}

/** Makes the function that keeps titles and where they are installed, with its statements compiled. */
export function softwareSaver(store: Store) {
  const title = compileTitle(store);
  const install = compileInstall(store);
  const count = compileCount(store);
  const rename = compileUpdate(store);
  const remove = compileRemoval(store);
  const judge = compileJudgement(store);
  const takeOff = compileTakingOff(store);

  async function present(
    tx: StoreTransaction,
    no: number,
    change: SoftwareChange & { type: 'present' },
  ): Promise<void> {
    const { software, approval, at } = change;
    const { source, name, publisher = null, version } = software;
    const id = titleId(software);
    const unapproved = approval === 'unapproved' ? 1 : 0;
    const changed = await tx.executeQuery({ ...rename, parameters: [version, approval, at, no, id] });
    const isKnown = changed.numAffectedRows === 1n;
    // What is installed here has its line already, and most changes tell nothing new of the title itself.
    if (isKnown && publisher === null && unapproved === 0) return;
    await tx.executeQuery({ ...title, parameters: [id, source, name, publisher, at, no, 0, unapproved] });
    if (isKnown) return;
    await tx.executeQuery({ ...install, parameters: [no, id, version, approval, at] });
    await tx.executeQuery({ ...count, parameters: [1, id] });
  }

  async function judged(
    tx: StoreTransaction,
    no: number,
    { software, approval, isOff }: SoftwareChange & { type: 'judged' },
  ): Promise<void> {
    const id = titleId(software);
    await tx.executeQuery({ ...judge, parameters: [approval, no, id] });
    if (isOff) await tx.executeQuery({ ...takeOff, parameters: [1, id] });
  }

  async function gone(tx: StoreTransaction, no: number, id: string): Promise<void> {
    const removed = await tx.executeQuery({ ...remove, parameters: [no, id] });
    if (removed.numAffectedRows === 1n) await tx.executeQuery({ ...count, parameters: [-1, id] });
  }

  return async (tx: StoreTransaction, no: number, changes: readonly SoftwareChange[]): Promise<void> => {
    for (const change of changes) {
      if (change.type === 'present') await present(tx, no, change);
      else if (change.type === 'judged') await judged(tx, no, change);
      else if (change.type === 'gone') await gone(tx, no, titleId(change.software));
      else for (const id of await installedFrom(tx, no, change.source)) await gone(tx, no, id);
    }
  };
}

async function installedFrom(tx: StoreTransaction, no: number, source: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('software_installs')
    .innerJoin('software_titles', 'software_titles.id', 'software_installs.title_id')
    .where('software_installs.computer_no', '=', no)
    .where('software_titles.source', '=', source)
    .select('software_installs.title_id')
    .execute();
  return rows.map((row) => row.title_id);
}

function compileTitle(store: Store) {
  return store
    .insertInto('software_titles')
    .values({
      id: '',
      source: '',
      name: '',
      publisher: null,
      first_at: 0,
      first_computer_no: 0,
      installs: 0,
      unapproved: 0,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        publisher: sql<never>`coalesce(excluded.publisher, software_titles.publisher)`,
        unapproved: sql<never>`case when excluded.unapproved = 1 then 1 else software_titles.unapproved end`,
      }),
    )
    .compile();
}

function compileInstall(store: Store) {
  return store
    .insertInto('software_installs')
    .values({ computer_no: 0, title_id: '', version: '', approval: 'baseline', since: 0 })
    .compile();
}

function compileUpdate(store: Store) {
  return store
    .updateTable('software_installs')
    .set({ version: '', approval: 'baseline', since: 0 })
    .where('computer_no', '=', 0)
    .where('title_id', '=', '')
    .compile();
}

function compileJudgement(store: Store) {
  return store
    .updateTable('software_installs')
    .set({ approval: 'unapproved' })
    .where('computer_no', '=', 0)
    .where('title_id', '=', '')
    .compile();
}

function compileTakingOff(store: Store) {
  return store.updateTable('software_titles').set({ unapproved: 1 }).where('id', '=', '').compile();
}

function compileRemoval(store: Store) {
  return store.deleteFrom('software_installs').where('computer_no', '=', 0).where('title_id', '=', '').compile();
}

function compileCount(store: Store) {
  return store
    .updateTable('software_titles')
    .set((build) => ({ installs: build('installs', '+', 1) }))
    .where('id', '=', '')
    .compile();
}
