import { isLetter, isLower, isUpper } from './bytes.ts';
import type { Label } from './labels.ts';

/** `a` to `z` and `&`. */
const alphabet = 27;
const ampersand = 0x26;
const none = 255;
/** Most bytes between two words of a label: `NHS\r\n  No` has four. */
const longestGap = 4;

/** The label that begins at a place: where it ends and what it means. */
export interface Match {
  end: number;
  means: number;
}

/** All labels in one tree of letters, so that a word that is none is known after a few of its letters. */
export class LabelTree {
  /** Of each node the child by letter, 0 for none. The root is node 0. */
  readonly #children: Uint16Array;
  /** What the label means that ends in the node, 0 for none. */
  readonly #means: Int32Array;
  /** Whether a word of a label ends in the node, and another follows. */
  readonly #joins: Uint8Array;

  /** For every two bytes whether a label begins with them, so that most words are passed over at their first letters. */
  readonly #beginnings = new Uint8Array(65_536);

  constructor(labels: readonly Label[]) {
    const nodes = 1 + labels.reduce((letters, { words }) => letters + words.join('').length, 0);
    this.#children = new Uint16Array(nodes * alphabet);
    this.#means = new Int32Array(nodes);
    this.#joins = new Uint8Array(nodes);
    let last = 0;
    for (const { words, means } of labels) {
      let node = 0;
      for (const [index, word] of words.entries()) {
        if (index > 0) this.#joins[node] = 1;
        for (const byte of Buffer.from(word, 'latin1')) {
          const edge = node * alphabet + (letters[byte] ?? none);
          if (this.#children[edge] === 0) this.#children[edge] = ++last;
          node = this.#children[edge] ?? 0;
        }
      }
      this.#means[node] = (this.#means[node] ?? 0) | means;
      this.#begin(words.join(' '));
    }
  }

  /** After a single letter anything may come that joins words. */
  #begin(label: string): void {
    const [one = '', other = ' '] = label;
    for (let second = 0; second < 256; second += 1) {
      if (other === ' ' ? isLetter(second) : (second | 32) !== other.charCodeAt(0) && second !== ampersand) continue;
      for (const first of [one, one.toUpperCase()]) this.#beginnings[(first.charCodeAt(0) << 8) | second] = 1;
    }
  }

  /** Whether there is a label that begins with two bytes, or with the first alone. */
  mayBegin(one: number, other: number): boolean {
    return this.#beginnings[(one << 8) | other] === 1;
  }

  /** Finds the longest label that begins at `at` and ends before `limit`. @returns whether there is one */
  find(bytes: Uint8Array, at: number, limit: number, match: Match): boolean {
    match.end = 0;
    let node = 0;
    let end = at;
    while (end < limit) {
      const letter = letters[bytes[end] ?? 0] ?? none;
      const child = letter === none ? 0 : (this.#children[node * alphabet + letter] ?? 0);
      if (child !== 0) {
        node = child;
        end += 1;
        const means = this.#means[node] ?? 0;
        if (means !== 0 && (end === limit || endsWord(bytes, end))) {
          match.end = end;
          match.means = means;
        }
      } else {
        const gapEnd = letter === none && this.#joins[node] === 1 ? skipGap(bytes, end, limit) : end;
        if (gapEnd === end) break;
        end = gapEnd;
      }
    }
    return match.end !== 0;
  }
}

/** Of each byte its letter: 0 for `A` and `a`, 255 for what is in no label. */
const letters = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === ampersand) return alphabet - 1;
  return isLetter(byte) ? (byte | 32) - 97 : none;
});

function skipGap(bytes: Uint8Array, at: number, limit: number): number {
  let end = at;
  while (end < at + longestGap && end < limit && isGap(bytes[end])) end += 1;
  return end;
}

/** Blanks, no-break spaces, and what joins words in names of columns. */
function isGap(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  if (byte <= 0x20 || byte === 0xa0 || byte === 0xc2) return true;
  // Underscore, hyphen, full stop, colon.
  return byte === 0x5f || byte === 0x2d || byte === 0x2e || byte === 0x3a;
}

/** No letter after, or a capital after a small one, as in `nhsNumberVerified`. */
function endsWord(bytes: Uint8Array, end: number): boolean {
  return !isLetter(bytes[end]) || (isLower(bytes[end - 1]) && isUpper(bytes[end]));
}
