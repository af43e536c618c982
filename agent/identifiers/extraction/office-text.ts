import type { TextSink } from '../text-sink.ts';
import type { MarkupHandler } from './markup.ts';
import { mostCells } from './spreadsheet-cells.ts';

/** What each element of a format means for the text. */
export interface TextElements {
  /** Their text counts; text elsewhere is formatting. Undefined: text counts wherever a paragraph is open. */
  runs?: ReadonlySet<string>;
  paragraphs: ReadonlySet<string>;
  rows: ReadonlySet<string>;
  cells: ReadonlySet<string>;
  /** Elements that stand for characters. */
  characters: ReadonlyMap<string, string>;
}

/** WordprocessingML and DrawingML: deleted text and field codes are still in the file, so they count too. */
export const officeOpenElements: TextElements = {
  runs: new Set(['t', 'delText', 'instrText', 'delInstrText']),
  paragraphs: new Set(['p']),
  rows: new Set(['tr']),
  cells: new Set(['tc']),
  characters: new Map([
    ['tab', '\t'],
    ['br', '\n'],
    ['cr', '\n'],
    ['noBreakHyphen', '-'],
  ]),
};

const mostNested = 64;
const longestParagraph = 1024 * 1024;

export interface OfficeText extends Required<Pick<MarkupHandler, 'close' | 'text' | 'end'>> {
  open(name: string): void;
  /** Text that stands in no run. */
  add(text: string): void;
  nextCell(): void;
}

/**
 * Puts runs together to paragraphs and paragraphs to cells and rows, so that a number that formatting splits is whole
 * again and one in a text box does not mix with the paragraph that anchors it.
 */
export function officeText(sink: TextSink, elements: TextElements): OfficeText {
  const paragraphs: string[] = [];
  const rows: string[][] = [];
  let inRun = 0;

  const tell = (text: string) => {
    const row = rows.at(-1);
    const cell = row?.pop() ?? '';
    if (row && cell.length < longestParagraph) row.push(cell + text);
    else sink.text(cell + text);
  };
  const add = (text: string) => {
    const open = paragraphs.pop();
    if (open === undefined) tell(text);
    else if (open.length + text.length < longestParagraph) paragraphs.push(open + text);
    else {
      tell(open + text);
      paragraphs.push('');
    }
  };
  const endRow = () => {
    const row = rows.pop();
    if (row) sink.row(row.map((cell) => cell.trimEnd()));
  };
  const nextCell = () => {
    const row = rows.at(-1);
    if (!row) return;
    if (row.length >= mostCells) sink.row(row.splice(0));
    row.push('');
  };

  return {
    add,
    nextCell,
    open(name) {
      if (elements.runs?.has(name)) inRun += 1;
      else if (elements.paragraphs.has(name)) {
        if (paragraphs.length < mostNested) paragraphs.push('');
      } else if (elements.rows.has(name)) {
        if (rows.length < mostNested) rows.push([]);
      } else if (elements.cells.has(name)) nextCell();
      else {
        const characters = elements.characters.get(name);
        if (characters !== undefined) add(characters);
      }
    },
    close(name) {
      if (elements.runs?.has(name)) inRun = Math.max(0, inRun - 1);
      else if (elements.paragraphs.has(name)) tell(`${paragraphs.pop() ?? ''}\n`);
      else if (elements.rows.has(name)) endRow();
    },
    text(piece) {
      if (elements.runs ? inRun > 0 : paragraphs.length > 0) add(piece);
    },
    end() {
      while (paragraphs.length > 0) tell(`${paragraphs.pop()}\n`);
      while (rows.length > 0) endRow();
    },
  };
}
