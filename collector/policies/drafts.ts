import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { PolicyDraftsTable, Store } from '../store/tables.ts';

/** Longest text of a draft, in characters: ten times the profiles that the product ships. */
export const longestDraft = 300_000;

/** A change in the making. */
export interface Draft extends PolicyDraftsTable {
  /** Display name of whoever saved it last. */
  editor: string;
}

/** The account at work and the time, milliseconds since 1970. */
export interface Editing {
  accountId: string;
  now: number;
}

/** Open drafts, last changed first. */
export async function openDrafts(store: Store): Promise<Draft[]> {
  return drafts(store).where('policy_drafts.state', '=', 'open').orderBy('updated_at', 'desc').execute();
}

export async function draftById(store: Store, id: string): Promise<Draft | undefined> {
  return drafts(store).where('policy_drafts.id', '=', id).executeTakeFirst();
}

function drafts(store: Store) {
  return store
    .selectFrom('policy_drafts')
    .innerJoin('accounts', 'accounts.id', 'policy_drafts.updated_by')
    .selectAll('policy_drafts')
    .select('accounts.display_name as editor');
}

export interface DraftToBegin {
  name: string;
  text: string;
  baseVersion: number;
}

/** @returns its id. @throws InvalidError without a name */
export async function beginDraft(
  store: Store,
  { name: typed, text, baseVersion }: DraftToBegin,
  { accountId, now }: Editing,
): Promise<string> {
  const name = cleanText(typed);
  if (name === '') throw new InvalidError('Give the draft a name, for example what it changes');
  const id = uuidv7(now);
  await store.transaction().execute(async (tx) => {
    await tx
      .insertInto('policy_drafts')
      .values({
        ...{ id, name, text, base_version: baseVersion, revision: 1, state: 'open', published_version: null },
        ...{ created_at: now, created_by: accountId, updated_at: now, updated_by: accountId },
      })
      .execute();
    await recordAudit(tx, { at: now, accountId, action: 'policy.drafted', object: id, detail: name });
  });
  return id;
}

/**
 * Keeps a text, valid or not.
 * @param seen the revision that was open in the editor
 * @returns the new revision; the same when nothing changed
 * @throws PortcullisError `draftChanged` when somebody else saved in the meantime, `draftClosed`. @throws InvalidError
 */
export async function saveDraft(
  store: Store,
  { id, text, seen }: { id: string; text: string; seen: number },
  { accountId, now }: Editing,
): Promise<number> {
  if (text.length > longestDraft) {
    throw new InvalidError(`Use no more than ${longestDraft.toLocaleString('en-GB')} characters`);
  }
  return store.transaction().execute(async (tx) => {
    const { revision, text: kept } = await openDraft(tx, id, seen);
    if (kept === text) return revision;
    await tx
      .updateTable('policy_drafts')
      .set({ text, revision: revision + 1, updated_at: now, updated_by: accountId })
      .where('id', '=', id)
      .execute();
    return revision + 1;
  });
}

async function openDraft(tx: Store, id: string, seen: number): Promise<PolicyDraftsTable> {
  const row = await tx.selectFrom('policy_drafts').selectAll().where('id', '=', id).executeTakeFirst();
  if (row?.state !== 'open') throw new PortcullisError('draftClosed', 'This draft was published or thrown away.');
  if (row.revision !== seen) {
    throw new PortcullisError('draftChanged', 'Somebody else has saved this draft since you opened it.');
  }
  return row;
}

/** @throws PortcullisError as {@link saveDraft} does */
export async function discardDraft(store: Store, id: string, seen: number, { accountId, now }: Editing): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const { name } = await openDraft(tx, id, seen);
    await tx.updateTable('policy_drafts').set({ state: 'discarded', updated_at: now }).where('id', '=', id).execute();
    await recordAudit(tx, { at: now, accountId, action: 'policy.discarded', object: id, detail: name });
  });
}

/** To be called when its text has become a version. */
export async function closeDraft(store: Store, id: string, version: number): Promise<void> {
  await store
    .updateTable('policy_drafts')
    .set({ state: 'published', published_version: version })
    .where('id', '=', id)
    .execute();
}
