import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { SavedFiltersTable, Store } from '../store/tables.ts';

const mostFilters = 30;
const longestName = 60;
const longestQuery = 2000;

/** The filters somebody keeps for their own use, by name. */
export function savedFilters(store: Store, accountId: string): Promise<SavedFiltersTable[]> {
  return store.selectFrom('saved_filters').selectAll().where('account_id', '=', accountId).orderBy('name').execute();
}

export interface FilterToSave {
  accountId: string;
  name: string;
  query: string;
  now: number;
}

/** Keeps a filter; one of the same name is replaced. @throws InvalidError without a name, or when there are too many */
export async function saveFilter(store: Store, { accountId, name: typed, query, now }: FilterToSave): Promise<void> {
  const name = cleanText(typed, longestName);
  if (name === '') throw new InvalidError('Give the filter a name');
  if (query.length > longestQuery) throw new InvalidError('This filter is too long to be kept');
  const kept = await savedFilters(store, accountId);
  if (kept.length >= mostFilters && !kept.some((one) => one.name === name)) {
    throw new InvalidError(`You have ${mostFilters} filters. Remove one first`);
  }
  await store
    .insertInto('saved_filters')
    .values({ id: uuidv7(now), account_id: accountId, name, query })
    .onConflict((conflict) => conflict.columns(['account_id', 'name']).doUpdateSet({ query }))
    .execute();
}

/** Does nothing when it is not theirs. */
export async function removeFilter(store: Store, accountId: string, id: string): Promise<void> {
  await store.deleteFrom('saved_filters').where('id', '=', id).where('account_id', '=', accountId).execute();
}
