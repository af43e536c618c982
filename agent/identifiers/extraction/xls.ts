import type { CompoundEntry } from './compound-file.ts';
import type { Document } from './reader.ts';
import { decoderFor } from './scan-markup.ts';
import { cellText, isDateFormat, place } from './spreadsheet-cells.ts';
import { Unread } from './unread.ts';
import { type XlsRecord, XlsStrings, xlsRecords } from './xls-records.ts';

/** [MS-XLS] 2.3, types of records. */
const records = {
  formula: 0x0006,
  header: 0x0014,
  footer: 0x0015,
  dateMode: 0x0022,
  filePass: 0x002f,
  boundSheet: 0x0085,
  multipleRk: 0x00bd,
  richString: 0x00d6,
  extendedFormat: 0x00e0,
  sharedStrings: 0x00fc,
  labelShared: 0x00fd,
  textObject: 0x01b6,
  number: 0x0203,
  label: 0x0204,
  string: 0x0207,
  rk: 0x027e,
  format: 0x041e,
  begin: 0x0809,
} as const;

/** Old Excel (BIFF8, and the cells of BIFF5): hidden sheets, comments, text boxes, headers and footers, too. */
export function readXls(document: Document, stream: CompoundEntry): void {
  document.budget.whole(stream.size);
  const book = new Workbook(document);
  for (const record of xlsRecords(stream.bytes())) book.take(record);
  book.endRow();
}

const windows = decoderFor('windows-1252');

class Workbook {
  readonly #document: Document;
  readonly #formats = new Map<number, string>();
  readonly #dateStyles = new Set<number>();
  readonly #sheets: string[] = [];
  #strings: string[] = [];
  #styles = 0;
  #epoch1904 = false;
  #biff8 = true;
  #streams = 0;
  #rowNumber = -1;
  #row: string[] = [];
  /** Where the text of the formula just met belongs. */
  #formulaColumn = 0;

  constructor(document: Document) {
    this.#document = document;
  }

  take(record: XlsRecord): void {
    const { type, bytes } = record;
    switch (type) {
      case records.filePass:
        throw new Unread('encrypted', 'It is protected by a password.');
      case records.begin:
        this.#begin(bytes);
        break;
      case records.dateMode:
        this.#epoch1904 = bytes.readUInt16LE(0) === 1;
        break;
      case records.boundSheet:
        this.#sheets.push(this.#shortString(record, 6));
        break;
      case records.format:
        this.#formats.set(bytes.readUInt16LE(0), this.#longString(record, 2));
        break;
      case records.extendedFormat:
        this.#style(bytes.readUInt16LE(2));
        break;
      case records.sharedStrings:
        this.#strings = stringsOf(record);
        break;
      case records.header:
      case records.footer:
        if (bytes.length > 2) this.#tell(this.#longString(record, 0));
        break;
      case records.textObject:
        this.#tell(textOfObject(record));
        break;
      default:
        this.#cell(record);
    }
  }

  endRow(): void {
    if (this.#row.length > 0) this.#document.sink.row(this.#row);
    this.#row = [];
  }

  #cell(record: XlsRecord): void {
    const { type, bytes } = record;
    switch (type) {
      case records.labelShared:
        this.#place(bytes, this.#strings[bytes.readUInt32LE(6)] ?? '');
        break;
      case records.label:
      case records.richString:
        this.#place(bytes, this.#longString(record, 6));
        break;
      case records.number:
        this.#place(bytes, this.#numberText(bytes.readDoubleLE(6), bytes.readUInt16LE(4)));
        break;
      case records.rk:
        this.#place(bytes, this.#numberText(rkValue(bytes.readInt32LE(6)), bytes.readUInt16LE(4)));
        break;
      case records.multipleRk:
        for (let at = 4, column = bytes.readUInt16LE(2); at + 6 <= bytes.length - 2; at += 6, column++)
          this.#place(bytes, this.#numberText(rkValue(bytes.readInt32LE(at + 2)), bytes.readUInt16LE(at)), column);
        break;
      case records.formula:
        this.#formulaColumn = bytes.readUInt16LE(2);
        // The last two bytes are all ones when the result is no number; a text then follows in a record of its own.
        if (bytes.readUInt16LE(12) !== 0xffff)
          this.#place(bytes, this.#numberText(bytes.readDoubleLE(6), bytes.readUInt16LE(4)));
        else this.#place(bytes, '');
        break;
      case records.string:
        place(this.#row, this.#formulaColumn, this.#longString(record, 0));
        break;
    }
  }

  /** A stream of the workbook begins; the first is the workbook's own, the others its sheets in their order. */
  #begin(bytes: Buffer): void {
    this.#biff8 = bytes.readUInt16LE(0) >= 0x0600;
    // Charts lie within sheets.
    if (bytes.readUInt16LE(2) === 0x0020 && this.#streams > 0) return;
    this.endRow();
    this.#rowNumber = -1;
    if (this.#streams++ > 0) this.#document.sink.part(this.#sheets[this.#streams - 2]);
  }

  #style(format: number): void {
    if (isDateFormat(format, this.#formats.get(format))) this.#dateStyles.add(this.#styles);
    this.#styles += 1;
  }

  #place(bytes: Buffer, text: string, column = bytes.readUInt16LE(2)): void {
    const row = bytes.readUInt16LE(0);
    if (row !== this.#rowNumber) this.endRow();
    this.#rowNumber = row;
    place(this.#row, column, text);
  }

  #tell(text: string): void {
    this.endRow();
    this.#document.sink.text(`${text}\n`);
  }

  #numberText(value: number, style: number): string {
    return cellText(value, this.#dateStyles.has(style), this.#epoch1904);
  }

  /** Text with its length in two bytes. */
  #longString(record: XlsRecord, at: number): string {
    if (this.#biff8) return new XlsStrings(record, at).next();
    return windows.decode(record.bytes.subarray(at + 2, at + 2 + record.bytes.readUInt16LE(at)));
  }

  /** Text with its length in one byte. */
  #shortString(record: XlsRecord, at: number): string {
    const { bytes } = record;
    const length = bytes[at] ?? 0;
    if (this.#biff8) return new XlsStrings(record, at + 2).text(length, bytes[at + 1] === 1);
    return windows.decode(bytes.subarray(at + 1, at + 1 + length));
  }
}

function stringsOf(record: XlsRecord): string[] {
  const reader = new XlsStrings(record, 8);
  const strings: string[] = [];
  while (!reader.ended) strings.push(reader.next());
  return strings;
}

/** [MS-XLS] 2.4.329: the text of a comment or text box is in the first continuation. */
function textOfObject({ type, bytes, continued }: XlsRecord): string {
  const [first, ...rest] = continued;
  if (!first || bytes.length < 12) return '';
  return new XlsStrings({ type, bytes: first, continued: rest }, 1).text(bytes.readUInt16LE(10), first[0] === 1);
}

/** [MS-XLS] 2.5.217: 30 bits of a number; the lowest bit: hundredths, the next: whole instead of floating. */
function rkValue(packed: number): number {
  let value: number;
  if (packed & 2) value = packed >> 2;
  else {
    const double = Buffer.alloc(8);
    double.writeInt32LE(packed & ~3, 4);
    value = double.readDoubleLE(0);
  }
  return packed & 1 ? value / 100 : value;
}
