import type { TextSink } from '../text-sink.ts';
import type { Attributes, MarkupHandler } from './markup.ts';
import { isEmbedded } from './office-open.ts';
import { officeText, type TextElements } from './office-text.ts';
import { baseName, type Document } from './reader.ts';
import { scanDocument, scanPart } from './scan-markup.ts';
import { cellText, mostCells } from './spreadsheet-cells.ts';
import { Unread } from './unread.ts';
import type { ZipPart } from './zip.ts';

/** OpenDocument text, spreadsheets and presentations: headers, notes, comments and objects within, too. */
export async function readOpenDocument(document: Document, parts: readonly ZipPart[]): Promise<void> {
  const manifest = parts.find(({ name }) => name === 'META-INF/manifest.xml');
  if (manifest && (await isEncrypted(manifest))) throw new Unread('encrypted', 'It is protected by a password.');
  for (const part of parts) {
    if (/(?:^|\/)(?:content|styles|meta)\.xml$/.test(part.name)) {
      document.sink.part();
      await scanPart(part, openDocumentText(document.sink));
    } else if (isEmbedded(part.name)) await document.inner(baseName(part.name), () => part.whole());
  }
}

/** The same in a single XML file: .fodt, .fods, .fodp. */
export function readFlatOpenDocument(document: Document): void {
  scanDocument(document, openDocumentText(document.sink), 'xml');
}

async function isEncrypted(manifest: ZipPart): Promise<boolean> {
  let encrypted = false;
  await scanPart(manifest, {
    open(name) {
      if (name === 'encryption-data') encrypted = true;
    },
  });
  return encrypted;
}

const elements: TextElements = {
  // The properties of a document, such as its title, are told like paragraphs.
  paragraphs: new Set(['p', 'h', 'title', 'subject', 'description', 'keyword', 'creator', 'user-defined']),
  rows: new Set(['table-row']),
  cells: new Set(),
  characters: new Map([
    ['tab', '\t'],
    ['line-break', '\n'],
  ]),
};

function openDocumentText(sink: TextSink): MarkupHandler {
  const comment = commentText(sink);
  const body = officeText(sink, elements);
  let commentDepth = 0;
  // What is shown of a number may be rounded or split up; its value is not.
  let valueShown = false;
  // Empty cells are only told when something follows them: programs end every row with thousands.
  let blank = 0;
  const hidden = (name: string) => valueShown && commentDepth === 0 && elements.paragraphs.has(name);
  const current = () => (commentDepth > 0 ? comment : body);
  return {
    open(name, attributes) {
      if (name === 'annotation') commentDepth += 1;
      else if (name === 'table') sink.part(attributes.get('name'));
      else if (name === 's') current().add(' '.repeat(Math.min(Number(attributes.get('c') ?? 1) || 1, 100)));
      else if (cells.has(name)) {
        const value = cellValue(attributes);
        valueShown = value !== undefined;
        blank += repeatedCells(attributes);
        if (blank > 1 && !attributes.get('value-type')) return;
        for (; blank > 0; blank--) body.nextCell();
        body.add(value ?? '');
      } else if (!hidden(name)) current().open(name);
      if (name === 'table-row') blank = 0;
    },
    close(name) {
      if (name === 'annotation') commentDepth = Math.max(0, commentDepth - 1);
      else if (cells.has(name)) valueShown = false;
      else if (!hidden(name)) current().close(name);
      if (name === 'table') comment.flush();
    },
    text(piece) {
      if (commentDepth > 0 || !valueShown) current().text(piece);
    },
    end() {
      comment.end();
      comment.flush();
      body.end();
    },
  };
}

const cells = new Set(['table-cell', 'covered-table-cell']);

/** How many cells this one stands for. The value is told once, in the last of them. */
function repeatedCells(attributes: Attributes): number {
  const repeated = Number(attributes.get('number-columns-repeated') ?? 1);
  return Math.min(Number.isInteger(repeated) ? repeated : 1, mostCells);
}

function cellValue(attributes: Attributes): string | undefined {
  switch (attributes.get('value-type')) {
    case 'float':
      return cellText(Number(attributes.get('value')), false, false);
    case 'date':
      return attributes.get('date-value')?.slice(0, 10);
    default:
      return undefined;
  }
}

/** Comments stand within cells but are no part of their value: they are told after the table. */
function commentText(sink: TextSink) {
  const kept: string[] = [];
  const text = officeText({ part: () => undefined, row: () => undefined, text: (piece) => kept.push(piece) }, elements);
  return {
    ...text,
    flush() {
      for (const piece of kept.splice(0)) sink.text(piece);
    },
  };
}
