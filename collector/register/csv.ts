import { stringify } from 'csv-stringify/sync';
import { InvalidError } from '#shared/errors.ts';

export interface CsvRow {
  /** Line of the file on which it begins, from 1. */
  line: number;
  /** By the names of the heading; a value that is empty is absent. */
  values: Record<string, string>;
}

/**
 * Reads comma-separated values with a heading, as spreadsheets write them: quoted values may hold commas, line ends
 * and doubled quotes. Pure.
 * @throws InvalidError naming the line, for an unknown or missing heading, a row of another length or an open quote
 */
export function readCsv(text: string, known: readonly string[], required: readonly string[]): CsvRow[] {
  const [heading, ...rows] = split(text.replace(/^\uFEFF/, ''));
  const names = heading?.values.map((name) => name.trim().toLowerCase()) ?? [];
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined) {
    throw new InvalidError(`Line 1: there is no column "${strange.slice(0, 40)}". There are: ${known.join(', ')}.`);
  }
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined) throw new InvalidError(`Line 1: the column "${missing}" is missing.`);
  return rows
    .filter(({ values }) => values.some((value) => value.trim() !== ''))
    .map(({ line, values }) => {
      if (values.length !== names.length) {
        throw new InvalidError(`Line ${line}: ${values.length} values where the heading has ${names.length}.`);
      }
      const named = names.map((name, index) => [name, values[index]?.trim() ?? ''] as const);
      return { line, values: Object.fromEntries(named.filter(([, value]) => value !== '')) };
    });
}

function split(text: string): { line: number; values: string[] }[] {
  // A value is quoted, or runs to the next comma or line end.
  const pattern = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y;
  const rows: { line: number; values: string[] }[] = [];
  let row = { line: 1, values: [] as string[] };
  let line = 1;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) throw new InvalidError(`Line ${line}: a quote is not closed, or stands within a value.`);
    const [whole, value = '', end] = match;
    row.values.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',' && pattern.lastIndex < text.length) continue;
    if (end === ',') row.values.push('');
    rows.push(row);
    row = { line, values: [] };
  }
  return rows;
}

/**
 * Comma-separated values for spreadsheets: a mark at the front names the encoding, and what a spreadsheet would take
 * for a formula gets an apostrophe before it, so that nothing a device or person wrote runs when the file is opened.
 */
export function writeCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return stringify([[...columns], ...rows.map((row) => [...row])], {
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
}
