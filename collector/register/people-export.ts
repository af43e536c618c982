import type { Scope } from '../accounts/roles.ts';
import type { Store } from '../store/tables.ts';
import { writeCsv } from './csv.ts';
import { listPeople } from './people.ts';
import { peopleColumns, textOf } from './people-import.ts';

/** The register as a file that can be imported again. */
export async function peopleCsv(store: Store, scope: Scope): Promise<string> {
  const people = await listPeople(store, scope);
  return writeCsv(
    peopleColumns,
    people.map((person) => peopleColumns.map((column) => textOf(person, column))),
  );
}
