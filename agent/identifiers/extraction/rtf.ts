import { chunks } from './byte-source.ts';
import type { Document } from './reader.ts';
import { decoderFor } from './scan-markup.ts';
import { mostCells } from './spreadsheet-cells.ts';

/** Rich text, with what is hidden or deleted. Pictures and embedded objects are skipped. */
export function readRtf({ source, sink }: Document): void {
  const text = new RtfText(sink);
  for (const chunk of chunks(source)) text.write(chunk.toString('latin1'));
  text.end();
}

interface Group {
  skipped: boolean;
  /** Characters after a `\u` that repeat it for readers that do not know it. */
  fallback: number;
}

// Destinations without words of people, by the specification of RTF 1.9.1.
const skipped = new Set(
  'pict objdata sp atndate atnref atrfstart atrfend fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping datastore latentstyles xmlnstbl mmathPr blipuid bin'.split(
    ' ',
  ),
);
const characters = new Map([
  ['par', '\n'],
  ['line', '\n'],
  ['page', '\n'],
  ['sect', '\n'],
  ['tab', '\t'],
  ['~', '\u00a0'],
  ['_', '-'],
  ['emdash', '\u2014'],
  ['endash', '\u2013'],
  ['bullet', '\u2022'],
  ['lquote', '\u2018'],
  ['rquote', '\u2019'],
  ['ldblquote', '\u201c'],
  ['rdblquote', '\u201d'],
]);

// A word with its number and the blank that ends it, a byte in hexadecimal, or a sign.
const control = /\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))/y;
const run = /[^\\{}\r\n]+/y;
const longestControl = 48;
const deepest = 1_000;
const longestCell = 1024 * 1024;

class RtfText {
  readonly #sink: Document['sink'];
  readonly #groups: Group[] = [];
  #group: Group = { skipped: false, fallback: 1 };
  #decoder = decoderFor('windows-1252');
  #rest = '';
  #text = '';
  #row: string[] = [];
  /** Characters still to be left out, because a `\u` said them before. */
  #repeated = 0;
  /** Bytes of binary data still to be left out. */
  #binary = 0;

  constructor(sink: Document['sink']) {
    this.#sink = sink;
  }

  write(piece: string): void {
    const input = this.#rest + piece;
    const last = input.length - longestControl;
    let at = 0;
    while (at < last) at = this.#step(input, at);
    this.#rest = input.slice(at);
    if (this.#row.length > mostCells || this.#text.length > longestCell) this.#endRow();
    this.#tell(this.#text.length > longestCell ? this.#text.length : this.#text.lastIndexOf('\n') + 1);
  }

  end(): void {
    for (let at = 0; at < this.#rest.length; ) at = this.#step(this.#rest, at);
    this.#rest = '';
    this.#endRow();
    this.#tell(this.#text.length);
  }

  #step(input: string, at: number): number {
    if (this.#binary > 0) {
      const left = Math.min(this.#binary, input.length - at);
      this.#binary -= left;
      return at + left;
    }
    switch (input[at]) {
      case '{':
        this.#groups.push(this.#group);
        this.#group = { ...this.#group };
        if (this.#groups.length > deepest) this.#groups.shift();
        return at + 1;
      case '}':
        this.#group = this.#groups.pop() ?? { skipped: false, fallback: 1 };
        return at + 1;
      case '\\':
        return this.#control(input, at);
      case '\r':
      case '\n':
        return at + 1;
      default:
        return this.#run(input, at);
    }
  }

  #run(input: string, from: number): number {
    run.lastIndex = from;
    const text = run.exec(input)?.[0] ?? '';
    this.#add(text);
    return from + text.length;
  }

  #control(input: string, at: number): number {
    control.lastIndex = at;
    const match = control.exec(input);
    if (!match) return at + 1;
    const [whole, word, number, byte, sign] = match;
    if (byte !== undefined) this.#add(this.#decoder.decode(Buffer.from(byte, 'hex')));
    else if (sign !== undefined) this.#sign(sign);
    else if (word !== undefined) this.#word(word, Number(number ?? Number.NaN));
    return at + whole.length;
  }

  #sign(sign: string): void {
    // "\*" marks a destination that may be skipped by those who do not know it: the words after it decide.
    if (sign === '\\' || sign === '{' || sign === '}') this.#add(sign);
    else if (sign === '\n' || sign === '\r') this.#add('\n');
    else this.#add(characters.get(sign) ?? '');
  }

  #word(word: string, number: number): void {
    if (skipped.has(word)) this.#group.skipped = true;
    if (word === 'bin') this.#binary = Math.max(0, number || 0);
    else if (word === 'u') this.#unicode(number);
    else if (word === 'uc') this.#group.fallback = Math.min(Math.max(0, number || 0), 16);
    else if (word === 'ansicpg') this.#decoder = decoderFor(codePage(number));
    else if (word === 'trowd') this.#tell(this.#text.length);
    else if (word === 'cell' || word === 'nestcell') this.#endCell();
    else if (word === 'row' || word === 'nestrow') this.#endRow();
    else this.#add(characters.get(word) ?? '');
  }

  #unicode(number: number): void {
    if (!Number.isFinite(number)) return;
    this.#repeated = 0;
    this.#add(String.fromCharCode(number & 0xffff));
    this.#repeated = this.#group.fallback;
  }

  #add(text: string): void {
    const left = Math.min(this.#repeated, text.length);
    this.#repeated -= left;
    if (!this.#group.skipped) this.#text += text.slice(left);
  }

  #endCell(): void {
    this.#row.push(this.#text.trim());
    this.#text = '';
  }

  #endRow(): void {
    if (this.#row.length > 0) this.#sink.row(this.#row);
    this.#row = [];
  }

  /** @param length how much of what is kept; the rest may still become a cell, or be the beginning of a number */
  #tell(length: number): void {
    if (this.#row.length > 0 || length === 0) return;
    this.#sink.text(this.#text.slice(0, length));
    this.#text = this.#text.slice(length);
  }
}

/** Only code pages that Windows and the web share a name for. */
function codePage(number: number): string {
  if (number === 65001) return 'utf-8';
  if (number === 932) return 'shift_jis';
  if (number === 936) return 'gbk';
  return `windows-${number}`;
}
