import type { IdentifierName } from '#shared/identifiers/inspection.ts';
import { dateBefore, mayEndDate } from './birth-date.ts';
import { isDigit, isUpper, sameBytes, separatorBefore } from './bytes.ts';
import { contextOf, endOfLabelBefore, isAbout, isHeadedByOthers, type Place } from './context.ts';
import type { Found as Identifier } from './found.ts';
import { meaningOf } from './heading.ts';
import { checkedNumber, type HealthNumberRange, rangeOf } from './health-numbers.ts';
import { LabelFinder } from './label-finder.ts';
import type { LabelTree } from './label-tree.ts';
import { says } from './labels.ts';
import type { LocalReferences } from './local-references.ts';
import { niNumberBefore } from './ni-number.ts';
import { postcodeAround } from './postcode.ts';
import type { Found, Series } from './series.ts';
import { standsAlone } from './surroundings.ts';
import type { Tally } from './tally.ts';
import { evidenceOf } from './tiers.ts';

/** A stretch of text whose identifiers are judged by nothing outside it but what is given with it. */
export interface Passage {
  bytes: Uint8Array;
  /** The same memory four bytes at a time, where it is long enough to be worth it. */
  words: Uint32Array | null;
  from: number;
  to: number;
  /** What the heading of its column says. */
  given: number;
  /** The cell to the left, which may hold a label; nothing when both are equal. */
  leftFrom: number;
  leftTo: number;
  /** What its ten-digit values are a part of. @param at where one begins */
  seriesAt(at: number): Series | null;
}

/** Goes from one run of digits to the next: everything that is looked for holds one. */
export class Scanner {
  readonly #tally: Tally;
  readonly #labels: LabelFinder;
  /** For what stands right before a place, so that the other goes on from where it was. */
  readonly #near: LabelFinder;
  readonly #locals: LocalReferences;
  /** Digits in the longest run since this was last set to 0. */
  longestRun = 0;

  constructor(tally: Tally, labels: LabelTree, locals: LocalReferences) {
    this.#tally = tally;
    this.#labels = new LabelFinder(labels);
    this.#near = new LabelFinder(labels);
    this.#locals = locals;
  }

  /**
   * Judges the runs of digits that begin from `start` on and before `end`.
   * @returns where to go on: `end`, or the end of the run that lies across it
   */
  scan(passage: Passage, start: number, end: number): number {
    const { bytes, from, to } = passage;
    let at = start;
    // The rest of a run that was too long to be judged.
    if (at > from && isDigit(bytes[at - 1])) while (at < to && isDigit(bytes[at])) at += 1;
    for (at = nextDigit(passage, at, end); at < end; at = nextDigit(passage, at, end)) {
      const begin = at;
      do at += 1;
      while (at < to && isDigit(bytes[at]));
      if (at - begin > this.longestRun) this.longestRun = at - begin;
      this.#judgeRun(passage, begin, at);
    }
    return at;
  }

  /** The words around belong to other bytes from now on. */
  forgetWords(): void {
    this.#labels.reset();
  }

  /** What a heading or label in a cell says. */
  meaningOf(bytes: Uint8Array, from: number, to: number): number {
    return meaningOf(this.#near, bytes, from, to);
  }

  /** Whether the words before a list of numbers, such as the headings of its columns, say that they are others'. */
  isOfOthers({ bytes, from, to }: Passage, at: number): boolean {
    return isHeadedByOthers(this.#near, bytes, { from, start: at, end: at, to });
  }

  /** A value of ten digits and nothing else, whose check digit fits. */
  judgeValue(passage: Passage, number: number, series: Series | null): void {
    const range = rangeOf(number);
    const context = range === null ? null : this.#asideOf(passage, passage.given);
    this.#noteNumber(number, range, context, false, series);
  }

  /** A number of a column or list of which it is known now what it proves. */
  readonly noteLater: Found = (number, evidence) => {
    const range = rangeOf(number);
    if (range) this.#tally.note(range.kind, number, evidence, range.test);
  };

  #judgeRun(passage: Passage, start: number, end: number): void {
    const { bytes, from, to } = passage;
    const length = end - start;
    if (length === 10) this.#judgeNumber(passage, start, start + 3, start + 6, false);
    else if (length === 4) this.#judgeGroups(passage, start);
    if (length === 6 || (length === 2 && isDigit(bytes[start - 2])))
      this.#judgeOther(passage, 'niNumber', niNumberBefore(bytes, from, end, to));
    if (length < 4 && isUpper(bytes[end])) this.#judgeOther(passage, 'postcode', postcodeAround(bytes, from, end, to));
    if (mayEndDate(bytes, from, start, length)) this.#judgeDate(passage, start, end);
    if (this.#locals.count > 0) this.#judgeLocal(passage, start);
  }

  #judgeLocal(passage: Passage, start: number): void {
    const { bytes, from, to } = passage;
    this.#locals.around(bytes, from, start, to, (index, found) => {
      this.#judgeOther(passage, 'localReference', found, index);
    });
  }

  /** Three groups of 3, 3 and 4 digits with one and the same separator, of which the last is given. */
  #judgeGroups(passage: Passage, third: number): void {
    const { bytes, from } = passage;
    const separator = separatorBefore(bytes, third);
    const second = third - separator - 3;
    const first = second - separator - 3;
    if (separator === 0 || first < from || !isDigit(bytes[second + 2]) || separatorBefore(bytes, second) !== separator)
      return;
    if (!sameBytes(bytes, second - separator, third - separator, separator)) return;
    for (let index = 0; index < 3; index += 1) {
      if (!isDigit(bytes[first + index]) || !isDigit(bytes[second + index])) return;
    }
    this.#judgeNumber(passage, first, second, third, true);
  }

  #judgeNumber(passage: Passage, first: number, second: number, third: number, shaped: boolean): void {
    const { bytes, from, to } = passage;
    const series = passage.seriesAt(first);
    const number = checkedNumber(bytes, first, second, third);
    const range = number > 0 ? rangeOf(number) : null;
    const place: Place = { from, start: first, end: third + 4, to };
    const context = range !== null && standsAlone(bytes, place) ? this.#contextOf(passage, place) : null;
    this.#noteNumber(number, range, context, shaped, series);
  }

  #noteNumber(
    number: number,
    range: HealthNumberRange | null,
    context: number | null,
    shaped: boolean,
    series: Series | null,
  ): void {
    if (range === null || context === null) {
      series?.addOther();
      return;
    }
    const evidence = evidenceOf(range.kind, context, shaped);
    const waits = series !== null && evidence === 'patient' && !shaped;
    this.#tally.note(range.kind, number, waits ? 'bare' : evidence, range.test);
    series?.addPassing(number, waits, this.noteLater);
  }

  #judgeOther(passage: Passage, kind: IdentifierName, found: Identifier | null, local = 0): void {
    if (found === null) return;
    const context = this.#contextOf(passage, {
      from: passage.from,
      to: passage.to,
      start: found.start,
      end: found.end,
    });
    // Words such as "reference" stand before a site's own references, and before a postcode they mean nothing.
    if (context === null && kind === 'niNumber') return;
    this.#tally.note(kind, found.key, evidenceOf(kind, context ?? passage.given, true, local), found.test);
  }

  /** Parses a date only where a word is near that makes it one of birth, for most dates are not. */
  #judgeDate(passage: Passage, start: number, end: number): void {
    const { bytes, from, to, given } = passage;
    const means = says.dateOfBirth;
    const isGiven = (given & means) !== 0;
    const labelEnd = isGiven ? 0 : endOfLabelBefore(this.#near, bytes, { from, start, end, to }, means);
    if (labelEnd === null) return;
    const found = dateBefore(bytes, from, end);
    if (found !== null && (isGiven || isAbout(bytes, labelEnd, found.start)))
      this.#tally.note('dateOfBirth', found.key, 'named', found.test);
  }

  #contextOf(passage: Passage, place: Place): number | null {
    const context = contextOf(this.#labels, passage.bytes, place);
    return context === null ? null : this.#asideOf(passage, context | passage.given);
  }

  /** Adds what the cell to the left says; null when it says that this is a number of another kind. */
  #asideOf({ bytes, leftFrom, leftTo }: Passage, context: number): number | null {
    if (leftFrom === leftTo || context !== 0) return context;
    const aside = this.meaningOf(bytes, leftFrom, leftTo);
    return (aside & (says.phone | says.other)) !== 0 ? null : aside;
  }
}

/** Whether one of two words has a byte of which bits 4 and 5 are set and 6 is not: digits and six marks, `:` to `?`. */
function mayHoldDigit(one: number, other: number): boolean {
  const bits = (one & (one >>> 1) & ~(one >>> 2)) | (other & (other >>> 1) & ~(other >>> 2));
  return (bits & 0x10101010) !== 0;
}

/** The first digit from `start` on and before `end`; else `end`. Prose has few, so eight bytes are looked at at once. */
function nextDigit({ bytes, words }: Passage, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte < 58 && byte > 47) return at;
    at += 1;
    if (words === null || (at & 7) !== 0) continue;
    let word = at >>> 2;
    const last = (end >>> 2) - 1;
    while (word < last && !mayHoldDigit(words[word] ?? 0, words[word + 1] ?? 0)) word += 2;
    at = word << 2;
  }
  return at < end ? at : end;
}
