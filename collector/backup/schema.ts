import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { migrate, openStore } from '../store/database.ts';

interface Item {
  name: string;
  sql: string | null;
}

/**
 * Holds the schema of a store at the newest version against that of a new one: a trigger or a view of somebody else's
 * would be run by the collector as if it were its own.
 * @returns what differs, a sentence each; none when it is ours
 */
export async function strangeSchema(file: string): Promise<string[]> {
  const ours = new Map((await newSchema()).map((item) => [item.name, item.sql]));
  const found = schemaOf(file);
  const names = new Set(found.map(({ name }) => name));
  const strange = found.filter((item) => ours.get(item.name) !== item.sql).map(({ name }) => name);
  const missing = [...ours.keys()].filter((name) => !names.has(name));
  return [
    ...strange.map((name) => `The schema holds "${name.slice(0, 60)}", which is not as any version of ours makes it.`),
    ...missing.map((name) => `The schema lacks "${name}".`),
  ].slice(0, 10);
}

async function newSchema(): Promise<Item[]> {
  const { store, close } = openStore(':memory:');
  try {
    await migrate(store);
    return (await sql<Item>`SELECT name, sql FROM sqlite_schema`.execute(store)).rows;
  } finally {
    await close();
  }
}

function schemaOf(file: string): Item[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], Item>('SELECT name, sql FROM sqlite_schema').all();
  } finally {
    database.close();
  }
}
