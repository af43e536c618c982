import type { TextSink } from '../text-sink.ts';
import { type Attributes, type MarkupHandler, MarkupScanner } from './markup.ts';
import type { Document } from './reader.ts';
import { scanDocument } from './scan-markup.ts';
import { mostCells } from './spreadsheet-cells.ts';

export function readHtml(document: Document): void {
  scanDocument(document, htmlText(document.sink), 'html');
}

/** HTML that is part of another document, such as the body of a message. */
export function textOfHtml(html: string, sink: TextSink): void {
  const scanner = new MarkupScanner(htmlText(sink), 'html');
  scanner.write(html);
  scanner.end();
}

// All other elements may stand within a word.
const breaking = new Set(
  'address article aside blockquote body br caption dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 head header hr html input label li main nav ol option p pre script section select table tbody textarea tfoot thead title ul'.split(
    ' ',
  ),
);
const told = /^(?:value|content|alt|title|placeholder|data-.+)$/;

/** Text as a reader sees it, and what forms and scripts hold. A table is told row by row. */
function htmlText(sink: TextSink): MarkupHandler {
  const rows: string[][] = [];
  let inStyle = false;
  const tell = (text: string) => {
    const row = rows.at(-1);
    if (row && row.length > 0) row.push(`${row.pop()}${text}`);
    // Blanks between cells and rows are not what ends a table.
    else if (!row || text.trim() !== '') sink.text(text);
  };
  const endRow = () => {
    const row = rows.pop();
    if (row && row.length > 0) sink.row(row.map((cell) => cell.trim()));
  };
  return {
    open(tag, attributes) {
      const name = tag.toLowerCase();
      if (name === 'style') inStyle = true;
      else if (name === 'table' && rows.length < 64) rows.push([]);
      else if (name === 'tr' && rows.length > 0) {
        endRow();
        rows.push([]);
      } else if (name === 'td' || name === 'th') {
        if (rows.length === 0 || (rows.at(-1)?.length ?? 0) >= mostCells) return tell('\n');
        rows.at(-1)?.push('');
      } else if (breaking.has(name)) tell('\n');
      tellAttributes(attributes, tell);
    },
    close(tag) {
      const name = tag.toLowerCase();
      if (name === 'style') inStyle = false;
      else if (name === 'table') endRow();
      else if (name === 'tr' && rows.length > 0) {
        endRow();
        rows.push([]);
      } else if (breaking.has(name)) tell('\n');
    },
    text(piece) {
      if (!inStyle) tell(piece);
    },
    end() {
      while (rows.length > 0) endRow();
    },
  };
}

function tellAttributes(attributes: Attributes, tell: (text: string) => void): void {
  for (const [name, value] of attributes.all()) if (told.test(name)) tell(` ${value}\n`);
}
