import { isAlphanumeric, isLetter, isLower, isUpper } from './bytes.ts';
import type { LabelTree, Match } from './label-tree.ts';

/**
 * Finds labels around one place after another. What lies between two places asked for in order is read once, and only
 * what lies around places that were asked for is read at all.
 */
export class LabelFinder {
  readonly #labels: LabelTree;
  readonly #match: Match = { end: 0, means: 0 };
  /** Of the labels found from `#from` to `#to`, in order: where each begins and ends and what it means. */
  #found = new Int32Array(3 * 64);
  #count = 0;
  /** Those before are out of reach for good. */
  #first = 0;
  #from = 0;
  #to = 0;

  constructor(labels: LabelTree) {
    this.#labels = labels;
  }

  /** The bytes are other ones now. */
  reset(): void {
    this.#count = 0;
    this.#first = 0;
    this.#from = 0;
    this.#to = 0;
  }

  /**
   * Makes ready the labels that begin from `from` on and before `to`. Cheap when each call goes on from the last.
   * @param text where the text begins and ends of which these are a part
   */
  look(bytes: Uint8Array, from: number, to: number, text: { from: number; to: number }): void {
    if (from > this.#to || from < this.#from) {
      this.reset();
      this.#from = from;
      this.#to = from;
    }
    const match = this.#match;
    for (let at = this.#to; at < to; at += 1) {
      if (!this.#labels.mayBegin(bytes[at] ?? 0, bytes[at + 1] ?? 0) || !beginsWord(bytes, at, text.from)) continue;
      if (!this.#labels.find(bytes, at, text.to, match)) continue;
      this.#keep(at, match);
      at = match.end - 1;
    }
    if (to > this.#to) this.#to = to;
    while (this.#first < this.#count && (this.#found[3 * this.#first] ?? 0) < from) this.#first += 1;
  }

  /** Number of labels made ready; the first is at 0. */
  get count(): number {
    return this.#count - this.#first;
  }
  startOf(index: number): number {
    return this.#found[3 * (this.#first + index)] ?? 0;
  }
  endOf(index: number): number {
    return this.#found[3 * (this.#first + index) + 1] ?? 0;
  }
  meaningOf(index: number): number {
    return this.#found[3 * (this.#first + index) + 2] ?? 0;
  }

  #keep(start: number, { end, means }: Match): void {
    if (3 * this.#count === this.#found.length) this.#makeRoom();
    const at = 3 * this.#count;
    this.#found[at] = start;
    this.#found[at + 1] = end;
    this.#found[at + 2] = means;
    this.#count += 1;
  }

  /** Lets go of what is out of reach; takes more memory only when that is less than half. */
  #makeRoom(): void {
    const kept = this.#found.subarray(3 * this.#first);
    const longer = 2 * this.#first < this.#count ? new Int32Array(2 * this.#found.length) : this.#found;
    longer.set(kept);
    this.#found = longer;
    this.#count -= this.#first;
    this.#first = 0;
  }
}

/** No letter before, or a small one before a capital, as in `patientNHSNumber`. */
function beginsWord(bytes: Uint8Array, at: number, floor: number): boolean {
  const before = at > floor ? bytes[at - 1] : undefined;
  return !isLetter(before) || (isLower(before) && isUpper(bytes[at]));
}

/** Whether there is a letter or digit between two places. */
export function hasWords(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (isAlphanumeric(bytes[at])) return true;
  return false;
}
