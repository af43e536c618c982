import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** A condition: the column holds the text somewhere, in any case. Wildcards in the text stand for themselves. */
export function containing(column: string, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}
