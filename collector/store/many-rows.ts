import type { CompiledQuery } from 'kysely';
import type { StoreTransaction } from './tables.ts';

/** Rows a statement; the remainder goes in smaller ones. */
const chunkSizes = [100, 20, 4, 1] as const;

export type RowsWriter = (tx: StoreTransaction, rows: readonly (readonly unknown[])[]) => Promise<void>;

/**
 * Makes the function that writes many rows of one table in few statements, each compiled at first use: building a text
 * costs more than running it, and handing over a row by itself costs as much as writing it. SQLite takes the rows of a
 * statement one after the other, so that a later row meets what an earlier one did.
 * @param compile an insert of so many rows, whose parameters are the values of the rows in order and nothing else
 */
export function rowsWriter(compile: (rows: number) => CompiledQuery): RowsWriter {
  const compiled = new Map<number, CompiledQuery>();
  function queryFor(size: number): CompiledQuery {
    const query = compiled.get(size) ?? compile(size);
    compiled.set(size, query);
    return query;
  }
  return async (tx, rows) => {
    let next = 0;
    for (const size of chunkSizes) {
      while (rows.length - next >= size) {
        await tx.executeQuery({ ...queryFor(size), parameters: values(rows, next, next + size) });
        next += size;
      }
    }
  };
}

function values(rows: readonly (readonly unknown[])[], from: number, to: number): unknown[] {
  const all: unknown[] = [];
  for (let index = from; index < to; index += 1) all.push(...(rows[index] ?? []));
  return all;
}

/** So many times the same row, to compile an insert from. */
export function times<R>(count: number, row: R): R[] {
  return Array.from({ length: count }, () => row);
}
