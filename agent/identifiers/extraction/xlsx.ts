import type { MarkupHandler } from './markup.ts';
import { readCommonParts } from './office-open.ts';
import { officeOpenElements, officeText } from './office-text.ts';
import { baseName, type Document } from './reader.ts';
import { scanPart } from './scan-markup.ts';
import { cellText, isDateFormat, mostCells, place } from './spreadsheet-cells.ts';
import { Unread } from './unread.ts';
import type { ZipPart } from './zip.ts';

/** Excel: every sheet, hidden ones too, with comments, drawings and the data that pivot tables keep. */
export async function readXlsx(document: Document, parts: readonly ZipPart[]): Promise<void> {
  const named = (pattern: RegExp) => parts.filter(({ name }) => pattern.test(name));
  const [strings] = named(/\/sharedStrings\.xml$/);
  const [styles] = named(/\/styles\.xml$/);
  const [workbook] = named(/\/workbook\.xml$/);
  const [relations] = named(/\/workbook\.xml\.rels$/);
  const book: Book = {
    strings: strings ? await sharedStrings(strings) : [],
    dateStyles: styles ? await dateStyles(styles) : new Set(),
    ...(workbook ? await workbookOf(workbook, relations) : { epoch1904: false, sheetNames: new Map() }),
  };
  for (const sheet of named(/\/(?:work|chart|dialog|macro)?sheets\/[^/]+\.xml$/)) {
    document.sink.part(book.sheetNames.get(baseName(sheet.name)));
    await scanPart(sheet, sheetHandler(document, book));
  }
  for (const part of named(/\/(?:comments|threadedComments|drawings|persons)[^/]*(?:\/[^/]+)?\.xml$/)) {
    document.sink.part();
    await scanPart(part, officeText(document.sink, { ...officeOpenElements, runs: new Set(['t', 'text']) }));
  }
  for (const part of named(/\/pivotCache\/[^/]+\.xml$/)) await scanPart(part, pivotHandler(document));
  await readCommonParts(document, parts);
}

interface Book {
  strings: readonly string[];
  /** Numbers of the cell styles that show a number as a date. */
  dateStyles: ReadonlySet<number>;
  /** Days are counted from 1904, as old Excel for the Macintosh did. */
  epoch1904: boolean;
  /** By the file the sheet is in, such as `sheet1.xml`. */
  sheetNames: ReadonlyMap<string, string>;
}

// Kept in memory, because cells refer to them by number.
const longestStrings = 96 * 1024 * 1024;

async function sharedStrings(part: ZipPart): Promise<string[]> {
  const strings: string[] = [];
  let text: string | undefined;
  let inText = false;
  let length = 0;
  await scanPart(part, {
    open(name) {
      if (name === 'si') text = '';
      // Furigana repeat the text.
      else inText = name === 't';
    },
    text(piece) {
      if (text !== undefined && inText) text += piece;
    },
    close(name) {
      inText = false;
      if (name !== 'si' || text === undefined) return;
      length += text.length;
      if (length > longestStrings) throw new Unread('too-large', 'Its table of texts is larger than is read.');
      strings.push(text);
      text = undefined;
    },
  });
  return strings;
}

async function dateStyles(part: ZipPart): Promise<Set<number>> {
  const formats = new Map<number, string>();
  const dates = new Set<number>();
  let inCellStyles = false;
  let style = 0;
  await scanPart(part, {
    open(name, attributes) {
      if (name === 'numFmt') formats.set(Number(attributes.get('numFmtId')), attributes.get('formatCode') ?? '');
      else if (name === 'cellXfs') inCellStyles = true;
      else if (name === 'xf' && inCellStyles) {
        const format = Number(attributes.get('numFmtId'));
        if (isDateFormat(format, formats.get(format))) dates.add(style);
        style += 1;
      }
    },
    close(name) {
      if (name === 'cellXfs') inCellStyles = false;
    },
  });
  return dates;
}

async function workbookOf(
  workbook: ZipPart,
  relations: ZipPart | undefined,
): Promise<Pick<Book, 'epoch1904' | 'sheetNames'>> {
  const nameOfRelation = new Map<string, string>();
  const sheetNames = new Map<string, string>();
  let epoch1904 = false;
  await scanPart(workbook, {
    open(name, attributes) {
      if (name === 'sheet') nameOfRelation.set(attributes.get('id') ?? '', attributes.get('name') ?? '');
      else if (name === 'workbookPr') epoch1904 = /^(?:1|true)$/.test(attributes.get('date1904') ?? '');
    },
  });
  if (relations)
    await scanPart(relations, {
      open(_, attributes) {
        const sheet = nameOfRelation.get(attributes.get('Id') ?? '');
        if (sheet !== undefined) sheetNames.set(baseName(attributes.get('Target') ?? ''), sheet);
      },
    });
  return { sheetNames, epoch1904 };
}

interface Cell {
  column: number;
  type: string;
  style: number;
  text: string;
}

function sheetHandler({ sink }: Document, book: Book): MarkupHandler {
  let row: string[] = [];
  let cell: Cell | undefined;
  let inValue = false;
  let inHeaderFooter = false;
  const formulas: string[] = [];
  const endRow = () => {
    if (row.length > 0) sink.row(row);
    row = [];
  };
  const tellFormulas = () => {
    for (const formula of formulas.splice(0)) sink.text(`${formula}\n`);
  };
  return {
    open(name, attributes) {
      if (name === 'row') endRow();
      else if (name === 'c') cell = newCell(row.length, attributes.get('r'), attributes.get('t'), attributes.get('s'));
      else if (name === 'headerFooter') inHeaderFooter = true;
      else inValue = name === 'v' || name === 't' || name === 'f';
    },
    text(piece) {
      if (inHeaderFooter) sink.text(piece);
      else if (cell && inValue && cell.text.length < longestCell) cell.text += piece;
    },
    close(name) {
      inValue = false;
      if (name === 'headerFooter') inHeaderFooter = false;
      if (name === 'f' && cell) {
        // A formula is no part of the value. Only one with a number written out is worth being told, after the table.
        if (/\d{6}/.test(cell.text) && formulas.length < mostFormulas) formulas.push(cell.text);
        cell.text = '';
      }
      if (name === 'c' && cell) {
        place(row, cell.column, shownValue(cell, book));
        cell = undefined;
      }
      if (name === 'row') endRow();
      if (name === 'sheetData') tellFormulas();
    },
    end() {
      endRow();
      tellFormulas();
    },
  };
}

const longestCell = 1024 * 1024;
const mostFormulas = 10_000;

function newCell(next: number, place: string | undefined, type: string | undefined, style: string | undefined): Cell {
  return { column: columnOf(place) ?? next, type: type ?? 'n', style: Number(style ?? 0), text: '' };
}

/** `AB12` is column 27. */
function columnOf(place: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(place ?? '')?.[0];
  if (letters === undefined) return undefined;
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return column < mostCells ? column : undefined;
}

function shownValue(cell: Cell, book: Book): string {
  if (cell.type === 's') return book.strings[Number(cell.text)] ?? '';
  if (cell.type !== 'n') return cell.text;
  return cellText(Number(cell.text), book.dateStyles.has(cell.style), book.epoch1904);
}

/** The values behind a pivot table stay in the file when its source does not. Each field is told as a column. */
function pivotHandler({ sink }: Document): MarkupHandler {
  return {
    open(name, attributes) {
      if (name === 'cacheField') {
        sink.part();
        sink.row([attributes.get('name') ?? '']);
      } else if (name === 's' || name === 'n' || name === 'd') {
        const value = attributes.get('v') ?? '';
        sink.row([name === 'n' ? cellText(Number(value), false, false) : value]);
      }
    },
  };
}
