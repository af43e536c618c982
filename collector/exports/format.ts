import { cefLine } from './cef.ts';
import { csvHeading, csvLine } from './csv.ts';
import { ecsLine } from './ecs.ts';
import { ocsfLine } from './ocsf.ts';
import type { ExportRecord, Sender } from './record.ts';

/** What destinations are sent. Each is one line a record, without a line end in it. */
export const streamFormats = ['ocsf', 'cef', 'jsonl'] as const;

/** What a command writes. */
export const exportFormats = [...streamFormats, 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const lines: Readonly<Record<ExportFormat, (record: ExportRecord, sender: Sender) => string>> = {
  ocsf: ocsfLine,
  cef: cefLine,
  jsonl: ecsLine,
  csv: csvLine,
};

export function formatLine(format: ExportFormat, record: ExportRecord, sender: Sender): string {
  return lines[format](record, sender);
}

/** What stands before the first line; undefined: nothing. */
export function headingOf(format: ExportFormat): string | undefined {
  return format === 'csv' ? csvHeading() : undefined;
}
