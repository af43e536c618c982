import { html } from '../documents/html.ts';
import { pdf } from '../documents/pdf.ts';
import { writeCsv } from '../register/csv.ts';
import type { MadeReport } from './report.ts';

export const formats = ['pdf', 'html', 'csv', 'json'] as const;
export type Format = (typeof formats)[number] | 'zip';

/** One report in one form. */
export interface ReportFile {
  format: Format;
  bytes: Uint8Array;
}

/** The same report as PDF, page, spreadsheet and JSON. @param now milliseconds since 1970; the same report and moment give the same bytes */
export async function rendered(
  { title, blocks, table, data }: MadeReport,
  { organisation, now }: { organisation: string; now: number },
): Promise<ReportFile[]> {
  const footer = `${organisation} · ${title} · made by Portcullis`;
  return [
    { format: 'pdf', bytes: await pdf(blocks, { title, at: now, footer }) },
    { format: 'html', bytes: Buffer.from(html(blocks, { title, footer })) },
    { format: 'csv', bytes: Buffer.from(writeCsv(table.columns, table.rows)) },
    { format: 'json', bytes: Buffer.from(`${JSON.stringify(data, null, 2)}\n`) },
  ];
}
