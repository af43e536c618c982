import { createRequire } from 'node:module';
import PdfKit from 'pdfkit';
import { type Bar, barStep, barWords, placeBars } from './bars.ts';

/** What a report says, in the order it is read. All text is plain. */
export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'facts'; rows: readonly (readonly [name: string, value: string])[] }
  | { kind: 'table'; title: string; columns: readonly string[]; rows: readonly (readonly string[])[] }
  /** Numbers as a chart, with the same numbers as a table beside it. `columns` head the table. */
  | { kind: 'bars'; title: string; columns: readonly [label: string, count: string]; bars: readonly Bar[] };

export interface PdfOptions {
  /** Shown by readers in place of the file's name. */
  title: string;
  /** Milliseconds since 1970; the same blocks and moment give the same document. */
  at: number;
  /** At the foot of every page. */
  footer: string;
}

const require = createRequire(import.meta.url);
/** By their paths and not by names of ours: going back to a named font would read its file again, for every cell. */
const fonts = {
  plain: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};
const margin = 56;
const sizes = { 1: 20, 2: 14, 3: 11 } as const;
const bodySize = 9.5;

/**
 * An accessible PDF: tagged (headings, paragraphs, lists, tables with header cells), with title, language and its fonts
 * inside, so that names of any European language and a screen reader both work.
 */
export async function pdf(blocks: readonly Block[], { title, at, footer }: PdfOptions): Promise<Buffer> {
  const doc = new PdfKit({
    size: 'A4',
    margin,
    pdfVersion: '1.7',
    tagged: true,
    lang: 'en-GB',
    displayTitle: true,
    bufferPages: true,
    // Otherwise it begins with a font that it reads from its own folder, which an installed collector does not have.
    font: fonts.plain,
    info: { Title: title, Creator: 'Portcullis', CreationDate: new Date(at), ModDate: new Date(at) },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject));
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));

  const root = doc.struct('Document');
  doc.addStructure(root);
  for (const [place, block] of blocks.entries()) {
    const next = blocks[place + 1];
    // A heading goes over to the next page with its chart, which is not cut.
    if (block.kind === 'heading' && next?.kind === 'bars') makeRoom(doc, headingRoom + chartHeight(next.bars.length));
    add(doc, root, block);
  }
  root.end();
  numberPages(doc, footer);
  doc.end();
  await done;
  return Buffer.concat(chunks);
}

type Doc = InstanceType<typeof PdfKit>;
type Structure = ReturnType<Doc['struct']>;
/** Its published types lag behind what it takes. */
type TableOptions = Parameters<Doc['table']>[0];

function add(doc: Doc, root: Structure, block: Block): void {
  switch (block.kind) {
    case 'heading':
      heading(doc, root, block.level, block.text);
      break;
    case 'paragraph':
      paragraph(doc, root, block.text);
      break;
    case 'list':
      list(doc, root, block.items);
      break;
    case 'facts':
      table(doc, root, block.rows, undefined);
      break;
    case 'table':
      paragraph(doc, root, block.rows.length === 0 ? `${block.title}: none.` : block.title);
      if (block.rows.length > 0) table(doc, root, block.rows, block.columns);
      break;
    case 'bars':
      chart(doc, root, block);
      break;
    default:
      block satisfies never;
  }
}

const headingRoom = 60;

/** Begins a new page when this one has less room. */
function makeRoom(doc: Doc, needed: number): void {
  if (doc.y > doc.page.height - margin - needed) doc.addPage();
}

function heading(doc: Doc, root: Structure, level: 1 | 2 | 3, text: string): void {
  makeRoom(doc, headingRoom);
  doc.moveDown(level === 1 ? 0 : 0.8);
  root.add(doc.struct(`H${level}`, {}, () => void doc.font(fonts.bold).fontSize(sizes[level]).text(text, margin)));
  doc.moveDown(0.4);
}

function paragraph(doc: Doc, root: Structure, text: string): void {
  root.add(doc.struct('P', {}, () => void doc.font(fonts.plain).fontSize(bodySize).text(text, margin)));
  doc.moveDown(0.5);
}

function list(doc: Doc, root: Structure, items: readonly string[]): void {
  const structure = doc.struct('L');
  root.add(structure);
  for (const item of items) {
    const body = doc.struct(
      'LBody',
      {},
      () =>
        void doc
          .font(fonts.plain)
          .fontSize(bodySize)
          .text(`• ${item}`, margin + 8),
    );
    structure.add(doc.struct('LI', {}, [body]));
  }
  structure.end();
  doc.moveDown(0.5);
}

function table(
  doc: Doc,
  root: Structure,
  rows: readonly (readonly string[])[],
  header: readonly string[] | undefined,
): void {
  doc.font(fonts.plain).fontSize(8.5).x = margin;
  tableOf(doc, root, {
    rows,
    header,
    widths: columnWidths(header ? [header, ...rows] : rows, doc.page.width - 2 * margin),
  });
  doc.moveDown(0.8);
}

interface PlacedTable {
  rows: readonly (readonly string[])[];
  /** Absent: the first cell of each row is its header. */
  header: readonly string[] | undefined;
  widths: number[];
  place?: { x: number; y: number };
}

function tableOf(doc: Doc, root: Structure, { rows, header, widths: columnStyles, place }: PlacedTable): void {
  const cell = (text: string, isHeader: boolean) => ({
    text: text === '' ? '–' : text,
    ...(isHeader && { type: 'TH' as const, font: { src: fonts.bold } }),
  });
  const body = rows.map((row) => row.map((text, column) => cell(text, header === undefined && column === 0)));
  const data = header ? [header.map((text) => cell(text, true)), ...body] : body;
  const border = { top: 0, left: 0, right: 0, bottom: 0.5 };
  const defaultStyle = { border, padding: 3 };
  const options = { structParent: root, columnStyles, defaultStyle, data, ...(place && { position: place }) };
  doc.table(options as TableOptions);
}

const chartWidth = 220;
const chartColour = '#005eb8';

const tableHeight = (lines: number): number => (lines + 1) * 18;

/** What a chart of so many bars takes, its title and table included. */
function chartHeight(count: number): number {
  return 30 + Math.max(tableHeight(count), count * barStep);
}

/** Drawn as shapes: a screen reader is told the words of it, and finds the numbers in the table. */
function chart(doc: Doc, root: Structure, { title, columns, bars }: Block & { kind: 'bars' }): void {
  makeRoom(doc, chartHeight(bars.length));
  paragraph(doc, root, bars.length === 0 ? `${title}: none.` : title);
  if (bars.length === 0) return;
  const placed = placeBars(bars, chartWidth);
  const top = doc.y;
  root.add(doc.struct('Figure', { alt: barWords(title, bars) }, () => drawBars(doc, placed.bars, top)));
  const left = margin + chartWidth + 36;
  const width = doc.page.width - margin - left;
  doc.font(fonts.plain).fontSize(8.5);
  const rows = bars.map(({ label, count }) => [label, count.toLocaleString('en-GB')]);
  tableOf(doc, root, { rows, header: columns, widths: [width - 70, 70], place: { x: left, y: top } });
  doc.x = margin;
  doc.y = top + Math.max(placed.height, tableHeight(bars.length)) + 8;
}

function drawBars(doc: Doc, bars: ReturnType<typeof placeBars>['bars'], top: number): void {
  for (const { label, count, labelY, y, width, height } of bars) {
    doc.font(fonts.plain).fontSize(7).fillColor('black');
    const words = `${label}: ${count.toLocaleString('en-GB')}`;
    doc.text(words, margin, top + labelY, { lineBreak: false, width: chartWidth, ellipsis: true });
    doc.rect(margin, top + y, chartWidth, height).fill('#eef1f3');
    if (width > 0) doc.rect(margin, top + y, width, height).fill(chartColour);
  }
  doc.fillColor('black');
}

const letterWidth = 5.4;

/** Each column gets what its longest word needs, and of the rest as much as its longest text could use. */
function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const columns = rows[0]?.map((_, column) => rows.map((row) => row[column] ?? '')) ?? [];
  const floors = columns.map((texts) => 8 + letterWidth * Math.min(24, Math.max(4, ...texts.map(longestWord))));
  const wishes = columns.map((texts) => letterWidth * Math.min(60, Math.max(1, ...texts.map(({ length }) => length))));
  const needed = sum(floors);
  if (needed >= width) return floors.map((floor) => (floor / needed) * width);
  return floors.map((floor, column) => floor + ((wishes[column] ?? 0) / sum(wishes)) * (width - needed));
}

function longestWord(text: string): number {
  return Math.max(...text.split(/[\s/-]+/).map(({ length }) => length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Page numbers are decoration: a screen reader knows its page. */
function numberPages(doc: Doc, footer: string): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    doc.page.margins.bottom = 0;
    doc.markContent('Artifact', { type: 'Pagination' });
    doc.font(fonts.plain).fontSize(7.5);
    doc.text(`${footer} · page ${page + 1} of ${count}`, margin, doc.page.height - 36, { lineBreak: false });
    doc.endMarkedContent();
  }
}
