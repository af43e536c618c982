import type { Store } from '../store/tables.ts';

/** Shorter account names are too often a part of other words. */
const shortest = 4;

/** Makes the function that takes the names of everybody whom the registers know out of words of machines and people. */
export async function nameMask(store: Store): Promise<(text: string) => string> {
  const people = await store.selectFrom('people').select(['name', 'email']).execute();
  const logons = await store.selectFrom('person_accounts').select('name').execute();
  const accounts = await store.selectFrom('accounts').select(['display_name', 'username']).execute();
  return maskOf([
    ...people.flatMap(({ name, email }) => [name, turned(name), email ?? '']),
    ...logons.map(({ name }) => name),
    ...accounts.flatMap(({ display_name: name, username }) => [name, turned(name), username]),
  ]);
}

/** `Example, Pat` for `Pat Example`. */
function turned(name: string): string {
  const place = name.lastIndexOf(' ');
  return place < 0 ? '' : `${name.slice(place + 1)}, ${name.slice(0, place)}`;
}

/** Pure. Names are found in any case, and only where they stand alone. */
export function maskOf(names: readonly string[]): (text: string) => string {
  const wanted = [...new Set(names.map((name) => name.trim().toLowerCase()))].filter(
    ({ length }) => length >= shortest,
  );
  if (wanted.length === 0) return (text) => text;
  const words = wanted.toSorted((one, other) => other.length - one.length).map(escaped);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return (text) => text.replaceAll(pattern, '[name]');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
