import type { Part } from './conditions.ts';

/** A member of a condition: `vendorId` of `device`, and what it must be. */
export interface Leaf {
  readonly part: Part;
  readonly name: string;
  readonly wanted: unknown;
}

/** What makes a condition false: a leaf that differs, or the first that holds under a `not`, where there is any. */
export type Obstacle = Leaf | { readonly excepted: Leaf | undefined };

/**
 * Three-valued logic after Kleene, with its grounds: how many facts held, and which differed or were not known. A condition
 * is false when a fact differs, else unknown when a fact is not known, else true. Learning a fact can turn unknown into true
 * or false, and never true into false or back; the engine's promise about unknown facts rests on that.
 */
export interface Truth {
  readonly held: number;
  readonly differing: readonly Obstacle[];
  readonly unknown: readonly Leaf[];
}

export const isTrue = ({ differing, unknown }: Truth): boolean => differing.length === 0 && unknown.length === 0;
export const isFalse = ({ differing }: Truth): boolean => differing.length > 0;

/** The nearest of the branches: a true one, else the one with least unknown, else the one that differs least. */
export function or(one: Truth, other: Truth): Truth {
  return rank(other) < rank(one) ? other : one;
}

/** @param holding finds the first leaf that holds, of a condition that is true */
export function not(truth: Truth, holding: () => Leaf | undefined): Truth {
  if (isTrue(truth)) return { held: 0, differing: [{ excepted: holding() }], unknown: [] };
  return isFalse(truth) ? yes : { held: 0, differing: [], unknown: truth.unknown };
}

const yes: Truth = { held: 1, differing: [], unknown: [] };

function rank({ differing, unknown }: Truth): number {
  return differing.length > 0 ? 1e9 + differing.length : unknown.length;
}

/** Any of several values that may be unknown: true wins, then unknown. */
export function anyOf(values: Iterable<boolean | undefined>): boolean | undefined {
  let result: boolean | undefined = false;
  for (const value of values) {
    if (value) return true;
    if (value === undefined) result = undefined;
  }
  return result;
}

/** All of several values that may be unknown: false wins, then unknown. */
export function allOf(values: Iterable<boolean | undefined>): boolean | undefined {
  let result: boolean | undefined = true;
  for (const value of values) {
    if (value === false) return false;
    if (value === undefined) result = undefined;
  }
  return result;
}
