import { compoundFile, type Storage } from './compound-file.ts';
import type { Content } from './content.ts';

const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const uint16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer);
const uint32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);

/** Cells end with U+0007, and a row with one more. */
export function doc({ paragraphs, rows }: Content): Buffer {
  const table = rows.map((row) => `${row.map((cell) => `${cell}\u0007`).join('')}\u0007`).join('');
  const text = `${paragraphs.map((line) => `${line}\r`).join('')}${table}The end.\r`;
  const information = Buffer.alloc(0x800);
  uint16(0xa5ec, 0x00c1).copy(information);
  const pieces = Buffer.concat([uint32(0, text.length), uint16(0), uint32(information.length), uint16(0)]);
  const places = Buffer.concat([Buffer.from([2]), uint32(pieces.length), pieces]);
  uint32(0, places.length).copy(information, 0x01a2);
  return compoundFile({ WordDocument: Buffer.concat([information, utf16(text)]), '0Table': places });
}

export const xlsRecord = (type: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint16(type, body.length), body]);
};
const wideString = (text: string) => Buffer.concat([uint16(text.length), Buffer.from([1]), utf16(text)]);

export function xls({ paragraphs, rows }: Content): Buffer {
  const begin = (kind: number) => xlsRecord(0x0809, uint16(0x0600, kind, 0, 0));
  const sheet = (name: string) => xlsRecord(0x0085, uint32(0), uint16(0), Buffer.from([name.length, 1]), utf16(name));
  const cell = (text: string, row: number, column: number) =>
    /^[1-9]\d*$/.test(text)
      ? xlsRecord(0x0203, uint16(row, column, 0), Buffer.from(Float64Array.of(Number(text)).buffer))
      : xlsRecord(0x0204, uint16(row, column, 0), wideString(text));
  const cells = (lines: readonly (readonly string[])[]) =>
    lines.flatMap((line, row) => line.map((text, column) => cell(text, row, column)));
  const end = xlsRecord(0x000a);
  return compoundFile({
    Workbook: Buffer.concat([
      begin(0x0005),
      sheet('Table'),
      sheet('Notes'),
      end,
      begin(0x0010),
      ...cells(rows),
      end,
      begin(0x0010),
      ...cells(paragraphs.map((text) => [text])),
      end,
    ]),
  });
}

export function ppt({ paragraphs, rows }: Content): Buffer {
  const atom = (text: string) => Buffer.concat([uint16(0, 0x0fa0), uint32(text.length * 2), utf16(text)]);
  const texts = [...paragraphs, ...rows.flat()].map(atom);
  const slide = Buffer.concat(texts);
  return compoundFile({
    'PowerPoint Document': Buffer.concat([uint16(0x0f, 0x03ee), uint32(slide.length), slide]),
    'Current User': Buffer.alloc(32),
  });
}

/** An Outlook message with its attachments. */
export function msg({ paragraphs, rows }: Content, attachments: Record<string, Buffer> = {}): Buffer {
  const body = [...paragraphs, ...rows.map((row) => row.join('\t'))].join('\r\n');
  const attached = Object.entries(attachments).map(([name, bytes], index): [string, Storage] => [
    `__attach_version1.0_#0000000${index}`,
    { '__substg1.0_3707001F': utf16(name), '__substg1.0_37010102': bytes },
  ]);
  return compoundFile({
    '__properties_version1.0': Buffer.alloc(32),
    '__substg1.0_0037001F': utf16('Subject'),
    '__substg1.0_1000001F': utf16(body),
    '__recip_version1.0_#00000000': { '__substg1.0_3001001F': utf16('Ann Example') },
    ...Object.fromEntries(attached),
  });
}
