import { createRequire } from 'node:module';
import PdfKit from 'pdfkit';

/** What a report says, in the order it is read. All text is plain. */
export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'facts'; rows: readonly (readonly [name: string, value: string])[] }
  | { kind: 'table'; title: string; columns: readonly string[]; rows: readonly (readonly string[])[] };

export interface PdfOptions {
  /** Shown by readers in place of the file's name. */
  title: string;
  /** Milliseconds since 1970; the same blocks and moment give the same document. */
  at: number;
  /** At the foot of every page. */
  footer: string;
}

const require = createRequire(import.meta.url);
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
    info: { Title: title, Creator: 'Portcullis', CreationDate: new Date(at), ModDate: new Date(at) },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject));
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  doc.registerFont('plain', fonts.plain).registerFont('bold', fonts.bold);

  const root = doc.struct('Document');
  doc.addStructure(root);
  for (const block of blocks) add(doc, root, block);
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
    default:
      block satisfies never;
  }
}

function heading(doc: Doc, root: Structure, level: 1 | 2 | 3, text: string): void {
  const needed = 60;
  if (doc.y > doc.page.height - margin - needed) doc.addPage();
  doc.moveDown(level === 1 ? 0 : 0.8);
  root.add(doc.struct(`H${level}`, {}, () => void doc.font('bold').fontSize(sizes[level]).text(text, margin)));
  doc.moveDown(0.4);
}

function paragraph(doc: Doc, root: Structure, text: string): void {
  root.add(doc.struct('P', {}, () => void doc.font('plain').fontSize(bodySize).text(text, margin)));
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
          .font('plain')
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
  doc.font('plain').fontSize(8.5).x = margin;
  const cell = (text: string, isHeader: boolean) => ({
    text: text === '' ? '–' : text,
    ...(isHeader && { type: 'TH' as const, font: { src: 'bold' } }),
  });
  const body = rows.map((row) => row.map((text, column) => cell(text, header === undefined && column === 0)));
  const data = header ? [header.map((text) => cell(text, true)), ...body] : body;
  const border = { top: 0, left: 0, right: 0, bottom: 0.5 };
  const columnStyles = columnWidths(header ? [header, ...rows] : rows, doc.page.width - 2 * margin);
  doc.table({ structParent: root, columnStyles, defaultStyle: { border, padding: 3 }, data } as TableOptions);
  doc.moveDown(0.8);
}

/** Shares the width by the longest text of each column, within bounds, so that a count does not get as much as a sentence. */
function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const columns = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const shares = columns.map((longest) => Math.min(Math.max(longest, 11), 40));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => (share / total) * width);
}

/** Page numbers are decoration: a screen reader knows its page. */
function numberPages(doc: Doc, footer: string): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    doc.page.margins.bottom = 0;
    doc.markContent('Artifact', { type: 'Pagination' });
    doc.font('plain').fontSize(7.5);
    doc.text(`${footer} · page ${page + 1} of ${count}`, margin, doc.page.height - 36, { lineBreak: false });
    doc.endMarkedContent();
  }
}
