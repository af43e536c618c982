import { InvalidError } from '#shared/errors.ts';
import type { Store } from '../store/tables.ts';
import {
  type AssetDetails,
  type Changed,
  changesBetween,
  type DetailChange,
  detailsOf,
  disposalStates,
  portableAnswers,
  saveDetails,
} from './asset-details.ts';
import { type CsvRow, readCsv } from './csv.ts';

/** Columns of the file that are read: `computer` says which, the others are what may be changed. */
const fieldsByColumn = {
  asset_tag: 'assetTag',
  owner: 'owner',
  iao: 'iao',
  location: 'location',
  portable: 'portable',
  disposal: 'disposal',
  disposal_note: 'disposalNote',
  notes: 'notes',
} as const satisfies Record<string, keyof AssetDetails>;
type Column = keyof typeof fieldsByColumn;
export const editableColumns = Object.keys(fieldsByColumn) as Column[];

/** What the export adds for people and the import passes over, so that a file can go out and come back. */
export const factColumns = [
  'id',
  'make',
  'model',
  'serial',
  'operating_system',
  'last_user',
  'last_seen',
  'agent',
  'policy',
  'drives_not_encrypted',
  'open_alerts',
] as const;

/** What a file would change, computer by computer; lines that change nothing are counted only. */
export interface AssetPreview {
  changes: { computer: { no: number; id: string; hostname: string }; wanted: AssetDetails; fields: DetailChange[] }[];
  same: number;
  faults: string[];
}

/**
 * Reads a file of details and compares it with the register. A column that is not in the file stays as it is; an empty
 * value in one that is, empties.
 * @throws InvalidError for a file that cannot be read at all
 */
export async function previewAssets(store: Store, text: string): Promise<AssetPreview> {
  const rows = readCsv(text, ['computer', ...factColumns, ...editableColumns], ['computer']);
  const columns = editableColumns.filter((column) => headingOf(text).includes(column));
  const preview: AssetPreview = { changes: [], same: 0, faults: [] };
  const seen = new Set<number>();
  for (const row of rows) {
    try {
      const computer = await computerNamed(store, row);
      if (seen.has(computer.no)) throw new InvalidError('this computer is in the file twice.');
      seen.add(computer.no);
      const before = await detailsOf(store, computer.no);
      const wanted = wantedBy(row, columns, before);
      const fields = changesBetween(before, wanted);
      if (fields.length === 0) preview.same += 1;
      else preview.changes.push({ computer, wanted, fields });
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      preview.faults.push(`Line ${row.line}: ${error.message}`);
    }
  }
  return preview;
}

/** Does what {@link previewAssets} shows, all or nothing. @returns computers changed @throws InvalidError with every fault */
export async function importAssets(store: Store, text: string, changed: Changed): Promise<number> {
  return store.transaction().execute(async (tx) => {
    const { changes, faults } = await previewAssets(tx, text);
    if (faults.length > 0) throw new InvalidError(['Nothing was imported.', ...faults].join('\n'));
    for (const { computer, wanted } of changes) await saveDetails(tx, computer, wanted, changed);
    return changes.length;
  });
}

function headingOf(text: string): string[] {
  const [heading = ''] = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/, 1);
  return heading.split(',').map((name) => name.trim().replaceAll('"', '').toLowerCase());
}

/** By id where the file has one; a host name only where it is the only one. */
async function computerNamed(store: Store, { values }: CsvRow) {
  const name = values.computer;
  if (name === undefined) throw new InvalidError('there is no computer.');
  const rows = await store
    .selectFrom('computers')
    .select(['no', 'id', 'hostname'])
    .where('state', '!=', 'collector')
    .where((build) =>
      values.id === undefined
        ? build(build.fn<string>('lower', ['hostname']), '=', name.toLowerCase())
        : build('id', '=', values.id),
    )
    .limit(2)
    .execute();
  const [row, second] = rows;
  if (!row) throw new InvalidError(`no computer is called "${name.slice(0, 60)}".`);
  if (second) throw new InvalidError(`several computers are called "${name.slice(0, 60)}"; add the column "id".`);
  return row;
}

/** The export puts a quote before what a spreadsheet would take for a formula; it is not part of the value. */
function asWritten(value: string): string {
  return value.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, '');
}

function wantedBy({ values }: CsvRow, columns: readonly Column[], before: AssetDetails): AssetDetails {
  const given = Object.fromEntries(columns.map((column) => [fieldsByColumn[column], asWritten(values[column] ?? '')]));
  const wanted = { ...before, ...given, disposal: values.disposal ?? before.disposal };
  const disposal = disposalStates.find((word) => word === wanted.disposal);
  if (disposal === undefined) throw new InvalidError(`disposal is one of ${disposalStates.join(', ')}.`);
  const portable = ['' as const, ...portableAnswers].find((word) => word === wanted.portable);
  if (portable === undefined) throw new InvalidError(`portable is "yes", "no" or empty.`);
  return { ...wanted, disposal, portable };
}
