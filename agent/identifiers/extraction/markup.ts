import { decodeHTML, decodeXML } from 'entities';

/** What the scanner meets, in the order of the document. */
export interface MarkupHandler {
  /** @param name without its prefix: `t` of `<w:t>` */
  open?(name: string, attributes: Attributes): void;
  close?(name: string): void;
  /** Running text with its entities decoded, in pieces that may end anywhere. */
  text?(piece: string): void;
  /** Nothing more comes, whatever is still open. */
  end?(): void;
}

/** The attributes of one element, looked up only when asked for. */
export interface Attributes {
  /** @param name without its prefix */
  get(name: string): string | undefined;
  all(): Iterable<[string, string]>;
}

// A real tag is far shorter; what is longer would only be kept in memory.
const longestTag = 256 * 1024;
const longestEntity = 40;

/**
 * Splits XML and HTML into tags and text as it comes in. It checks nothing and expands no entity of a document's own, so
 * that neither a broken document nor a bomb stops it; and it is several times as fast as a parser that does check.
 */
export class MarkupScanner {
  readonly #handler: MarkupHandler;
  readonly #decode: (text: string) => string;
  #rest = '';

  constructor(handler: MarkupHandler, language: 'xml' | 'html' = 'xml') {
    this.#handler = handler;
    this.#decode = language === 'xml' ? decodeXML : decodeHTML;
  }

  write(piece: string): void {
    const text = this.#rest + piece;
    let at = 0;
    while (at < text.length) {
      const next = text.charCodeAt(at) === lessThan ? this.#tag(text, at) : this.#run(text, at);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > longestTag) this.#giveUp();
  }

  end(): void {
    if (this.#rest !== '') this.#giveUp();
    this.#handler.end?.();
  }

  /** What never ended was no tag, or no longer matters: it is told as text, so that nothing is hidden in it. */
  #giveUp(): void {
    this.#handler.text?.(this.#decode(this.#rest));
    this.#rest = '';
  }

  #run(text: string, from: number): number | undefined {
    const tag = text.indexOf('<', from);
    let end = tag < 0 ? text.length : tag;
    if (tag < 0) {
      const ampersand = text.lastIndexOf('&');
      if (ampersand >= from && text.length - ampersand < longestEntity && !text.includes(';', ampersand))
        end = ampersand;
    }
    if (end === from) return undefined;
    const run = text.slice(from, end);
    this.#handler.text?.(run.includes('&') ? this.#decode(run) : run);
    return end;
  }

  #tag(text: string, from: number): number | undefined {
    const first = text.charCodeAt(from + 1);
    if (Number.isNaN(first)) return undefined;
    if (!beginsTag(first)) {
      this.#handler.text?.('<');
      return from + 1;
    }
    if (first === exclamationMark) {
      if (text.startsWith(comment, from)) return this.#raw(text, from + comment.length, '-->');
      if (text.startsWith(characterData, from)) return this.#raw(text, from + characterData.length, ']]>');
      const cut = text.slice(from, from + characterData.length);
      if (comment.startsWith(cut) || characterData.startsWith(cut)) return undefined;
    }
    const end = tagEnd(text, from);
    if (end < 0) return undefined;
    this.#element(text, from + 1, end);
    return end + 1;
  }

  #raw(text: string, from: number, mark: string): number | undefined {
    const end = text.indexOf(mark, from);
    if (end < 0) return undefined;
    this.#handler.text?.(text.slice(from, end));
    return end + mark.length;
  }

  #element(text: string, from: number, end: number): void {
    const first = text.charCodeAt(from);
    if (first === questionMark || first === exclamationMark) return;
    if (first === slash) {
      this.#handler.close?.(localName(text, from + 1, end));
      return;
    }
    const name = localName(text, from, end);
    this.#handler.open?.(
      name,
      attributesOf(() => text.slice(from, end), this.#decode),
    );
    if (text.charCodeAt(end - 1) === slash) this.#handler.close?.(name);
  }
}

const comment = '<!--';
const characterData = '<![CDATA[';
const lessThan = 0x3c;
const greaterThan = 0x3e;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const slash = 0x2f;
const colon = 0x3a;
const questionMark = 0x3f;
const exclamationMark = 0x21;

/** Where a tag ends: the first `>` that no quote holds, or the first of all if a quote never ends; -1: not here yet. */
function tagEnd(text: string, from: number): number {
  const last = Math.min(text.length, from + longestTag);
  let quote = 0;
  for (let at = from; at < last; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) quote = 0;
    else if (quote === 0 && code === greaterThan) return at;
    else if (quote === 0 && (code === doubleQuote || code === singleQuote)) quote = code;
  }
  return last - from < longestTag ? -1 : text.indexOf('>', from);
}

function beginsTag(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === slash || code === exclamationMark || code === questionMark;
}

function localName(text: string, from: number, end: number): string {
  let start = from;
  let at = from;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === colon) start = at + 1;
    else if (code <= 0x20 || code === slash) break;
  }
  return text.slice(start, at);
}

function attributesOf(tag: () => string, decode: (text: string) => string): Attributes {
  const all = function* (): Generator<[string, string]> {
    for (const [, name = '', double, single, bare] of tag().matchAll(attributePattern))
      yield [name.slice(name.indexOf(':') + 1), decode(double ?? single ?? bare ?? '')];
  };
  return {
    all,
    get(wanted) {
      const text = tag();
      const value = quotedValue(text, wanted);
      if (value !== undefined || !looselyWritten.test(text)) return value === undefined ? undefined : decode(value);
      for (const [name, loose] of all()) if (name === wanted) return loose;
      return undefined;
    },
  };
}

/** Blanks around the sign, or a value without quotes: only HTML and people write so. */
const looselyWritten = /\s=|=\s|=[^\s"']/;

/** The value of an attribute as programs write it, found without looking at the others. */
function quotedValue(tag: string, name: string): string | undefined {
  const wanted = `${name}=`;
  for (let at = tag.indexOf(wanted); at > 0; at = tag.indexOf(wanted, at + 1)) {
    const before = tag.charCodeAt(at - 1);
    if (before > 0x20 && before !== colon) continue;
    const quote = tag[at + wanted.length];
    const from = at + wanted.length + 1;
    const to = quote === '"' || quote === "'" ? tag.indexOf(quote, from) : -1;
    if (to >= 0) return tag.slice(from, to);
  }
  return undefined;
}

const attributePattern = /([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/g;
