import { Distinct } from './distinct.ts';

/** Chance that as many random ten-digit numbers look like this: 1 in 10,000 (domain: 8.6 × 10⁻⁵). */
const fewest = 10;
/** In a table that describes people in other columns, or is named as an extract: 2 in 10,000 for five of which three pass. */
const fewestOfPeople = 5;
const leastShare = 0.6;
/** So many different ones decide for good, so that no list takes more memory. */
const enough = 1000;

/** Fewer passing than this, of ten values or more: they pass by chance, as one in eleven numbers does. */
const chanceShare = 0.3;

/** What became of values that were waiting. */
export type Found = (number: number, evidence: 'list' | 'patient') => void;

/**
 * Ten-digit values that stand under each other, or after each other in running text. When there are enough of them and
 * most pass as numbers of patients, they are. When hardly any pass, words about patients nearby prove nothing.
 */
export class Series {
  readonly #pending = new Distinct(enough);
  #values = 0;
  #passing = 0;
  #verdict: 'list' | 'single' | 'chance' | null = null;
  readonly #isOfOthers: boolean;

  /** @param isOfOthers what stands before it says that these are numbers of another kind */
  constructor(isOfOthers = false) {
    this.#isOfOthers = isOfOthers;
  }

  /** A ten-digit value that is nobody's number. */
  addOther(): void {
    this.#values += 1;
  }

  /** A value that passes. @param isOfPatients words speak for it that prove nothing in a series that passes by chance */
  addPassing(number: number, isOfPatients: boolean, found: Found): void {
    if (this.#verdict === null) {
      this.#values += 1;
      this.#passing += 1;
      this.#pending.note(number, isOfPatients ? 1 : 0);
      if (this.#pending.isFull) this.settle(fewest, found);
    } else this.#tell(number, isOfPatients ? 1 : 0, found);
  }

  /** Nothing more will come. Hands over what was waiting. */
  settle(least: number, found: Found): void {
    if (this.#verdict !== null) return;
    const share = this.#passing / this.#values;
    const isList = !this.#isOfOthers && this.#pending.size >= least && share >= leastShare;
    if (isList) this.#verdict = 'list';
    else this.#verdict = this.#values >= fewest && share < chanceShare ? 'chance' : 'single';
    this.#pending.forEach((number, mark) => {
      this.#tell(number, mark, found);
    });
  }

  #tell(number: number, mark: number, found: Found): void {
    if (this.#verdict === 'list') found(number, 'list');
    else if (this.#verdict === 'single' && mark === 1) found(number, 'patient');
  }
}

export function fewestFor(describesPeople: boolean): number {
  return describesPeople ? fewestOfPeople : fewest;
}
