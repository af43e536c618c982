import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { osNameMatches } from '../register/os-names.ts';
import type { LegalHoldsTable } from '../store/retention-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import type { Held } from './keeping.ts';

export const holdKinds = ['computer', 'person', 'alert'] as const satisfies readonly LegalHoldsTable['kind'][];
export type HoldKind = (typeof holdKinds)[number];

export interface HoldStep {
  /** Account id, or who typed the command. */
  by: string;
  reason: string;
  now: number;
}

/**
 * Puts a thing on hold: nothing about it is removed until it is released.
 * @returns the hold's id @throws InvalidError without a reason, for a thing that is not there, or held already
 */
export async function placeHold(
  tx: StoreTransaction,
  { kind, object }: Pick<LegalHoldsTable, 'kind' | 'object'>,
  { by, reason, now }: HoldStep,
): Promise<string> {
  const id = uuidv7(now);
  const words = reasonOf(reason);
  if ((await nameOf(tx, kind, object)) === undefined) throw new InvalidError(`There is no such ${kind}.`);
  const standing = await tx
    .selectFrom('legal_holds')
    .select('id')
    .where('kind', '=', kind)
    .where('object', '=', object)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  if (standing) throw new InvalidError(`This ${kind} is on hold already.`);
  const row = { id, kind, object, reason: words, placed_at: now, placed_by: by };
  await tx
    .insertInto('legal_holds')
    .values({ ...row, released_at: null, released_by: null, release_reason: null })
    .execute();
  return id;
}

/** @returns false when there is no such hold, or it was released already @throws InvalidError without a reason */
export async function releaseHold(tx: StoreTransaction, id: string, { by, reason, now }: HoldStep): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('legal_holds')
    .set({ released_at: now, released_by: by, release_reason: reasonOf(reason) })
    .where('id', '=', id)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function reasonOf(text: string): string {
  const reason = cleanText(text).trim();
  if (reason.length < 3 || reason.length > 500) throw new InvalidError('Give a reason, in at most 500 characters.');
  return reason;
}

export interface ListedHold extends LegalHoldsTable {
  /** What people call the thing. */
  name: string;
}

/** All of them, the newest first. */
export async function listHolds(store: Store): Promise<ListedHold[]> {
  const rows = await store.selectFrom('legal_holds').selectAll().orderBy('placed_at', 'desc').execute();
  return Promise.all(
    rows.map(async (row) => ({ ...row, name: (await nameOf(store, row.kind, row.object)) ?? 'no longer there' })),
  );
}

/** What is under hold now. */
export async function heldNow(store: Store): Promise<Held> {
  const rows = await store
    .selectFrom('legal_holds')
    .select(['kind', 'object'])
    .where('released_at', 'is', null)
    .execute();
  const of = (kind: HoldKind) => rows.filter((row) => row.kind === kind).map(({ object }) => object);
  const people = of('person');
  const names =
    people.length === 0
      ? []
      : await store.selectFrom('person_accounts').select('name').where('person_id', 'in', people).execute();
  return {
    computers: new Set(of('computer')),
    alerts: new Set(of('alert')),
    isHeldUser: (user) => names.some(({ name }) => osNameMatches(name, user)),
  };
}

async function nameOf(store: Store, kind: HoldKind, id: string): Promise<string | undefined> {
  switch (kind) {
    case 'computer':
      return (await store.selectFrom('computers').select('hostname').where('id', '=', id).executeTakeFirst())?.hostname;
    case 'person':
      return (await store.selectFrom('people').select('name').where('id', '=', id).executeTakeFirst())?.name;
    case 'alert':
      return (await store.selectFrom('alerts').select('title').where('id', '=', id).executeTakeFirst())?.title;
    default:
      return kind satisfies never;
  }
}
