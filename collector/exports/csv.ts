import { stringify } from 'csv-stringify/sync';
import { isoTime } from '#shared/clock.ts';
import { cleanText } from '#shared/text.ts';
import { flatRecord } from './flat.ts';
import { actionOf, type ExportRecord, severityOf, timeOf } from './record.ts';

/** Columns of the table, in their order. */
export const csvColumns = [
  'uid',
  'time',
  'received',
  'kind',
  'severity',
  'computer',
  'computer id',
  'number',
  'user',
  'program',
  'device',
  'device class',
  'serial',
  'encryption',
  'file mark',
  'file type',
  'file size',
  'software',
  'software version',
  'identifiers',
  'count',
  'verdict',
  'outcome',
  'rule',
  'clause',
  'policy',
  'because',
] as const;

/** What a spreadsheet needs at the front to know the encoding, and the heading. */
export function csvHeading(): string {
  return `\uFEFF${row(csvColumns)}`;
}

/** One record as a row; formulas of spreadsheets and characters that turn text about are made harmless. Pure. */
export function csvLine(record: ExportRecord): string {
  const flat = flatRecord(record);
  return row([
    record.uid,
    isoTime(timeOf(record)),
    flat.ingested === undefined ? '' : isoTime(flat.ingested),
    actionOf(record),
    severityOf(record),
    flat.hostname,
    flat.computerId,
    flat.sequence,
    flat.user,
    flat.process,
    flat.device,
    flat.deviceClass,
    flat.serial,
    flat.encryption,
    flat.nameHash,
    flat.extension,
    flat.sizeBytes,
    flat.title,
    flat.titleVersion,
    flat.band,
    flat.count,
    flat.verdict,
    flat.outcome,
    flat.rule,
    flat.clause,
    flat.policyVersion,
    flat.because,
  ]);
}

function row(values: readonly (string | number | undefined)[]): string {
  const texts = values.map((value) => cleanText(String(value ?? '')));
  return stringify([texts], { escape_formulas: true, record_delimiter: '' });
}
