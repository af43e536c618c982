import { createHmac } from 'node:crypto';
import { bandOf, type IdentifierName, identifierNames, type TierCounts } from '#shared/identifiers/inspection.ts';
import type { Findings } from './detector.ts';
import { Distinct } from './distinct.ts';
import { type Evidence, tierTable } from './tiers.ts';

/** So many different ones of a kind are told apart; beyond that they are no longer counted. */
const mostDistinct = 50_000;
const mostDigests = 2000;

const marks = { low: 1, medium: 2, high: 3 } as const;
/** Added to the mark of an identifier that is never issued. */
const testMark = 4;

/** Kinds of which one person has one at most, so that they may be added up; the ranges do not overlap. */
const healthNumbers: readonly IdentifierName[] = ['nhsNumber', 'chi', 'hscNumber'];
/** Each names the same people again, so only the most of any counts. */
const peopleKinds: readonly (readonly IdentifierName[])[] = [healthNumbers, ['niNumber'], ['localReference']];

/** The different identifiers of one file, each in the best tier it was ever seen in. Holds them in memory only. */
export class Tally {
  readonly #drill: boolean;
  readonly #found = new Map<IdentifierName, Distinct>();

  constructor(drill: boolean) {
    this.#drill = drill;
  }

  note(kind: IdentifierName, key: number, evidence: Evidence, test: boolean): void {
    const tier = tierTable[kind][evidence];
    if (tier === undefined) return;
    let found = this.#found.get(kind);
    if (!found) {
      found = new Distinct(mostDistinct);
      this.#found.set(kind, found);
    }
    found.note(key, marks[tier] + (test ? testMark : 0));
  }

  findings(): Findings {
    const identifiers: Findings['identifiers'] = {};
    for (const kind of identifierNames) {
      const found = this.#found.get(kind);
      if (found) identifiers[kind] = countsOf(found);
    }
    const people = peopleKinds.map((kinds) => this.#peopleOf(kinds));
    return {
      identifiers,
      band: bandOf(Math.max(...people)),
      atLeast: [...this.#found.values()].some(({ overflowed }) => overflowed),
    };
  }

  /** See `Detector`. */
  digests(key: Uint8Array): string[] {
    const kinds = peopleKinds.toSorted((one, other) => this.#peopleOf(other) - this.#peopleOf(one))[0] ?? [];
    const digests: string[] = [];
    for (const kind of kinds) {
      this.#found.get(kind)?.forEach((number, mark) => {
        if (digests.length >= mostDigests || !this.#counts(mark)) return;
        digests.push(createHmac('sha256', key).update(`${kind} ${number}`).digest().toString('base64url', 0, 8));
      });
    }
    return digests;
  }

  #peopleOf(kinds: readonly IdentifierName[]): number {
    let people = 0;
    for (const kind of kinds) {
      this.#found.get(kind)?.forEach((_number, mark) => {
        if (this.#counts(mark)) people += 1;
      });
    }
    return people;
  }

  #counts(mark: number): boolean {
    return mark === marks.high || (this.#drill && mark === marks.high + testMark);
  }
}

function countsOf(found: Distinct): TierCounts {
  const counts: TierCounts = { high: 0, medium: 0, low: 0, test: 0 };
  found.forEach((_number, mark) => {
    if (mark > testMark) counts.test += 1;
    else if (mark === marks.high) counts.high += 1;
    else if (mark === marks.medium) counts.medium += 1;
    else counts.low += 1;
  });
  return counts;
}
