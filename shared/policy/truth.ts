/**
 * Three-valued logic after Kleene, counted: how many facts held, differed or were not known. A condition is false when
 * a fact differs, else unknown when a fact is not known, else true. Learning a fact can turn unknown into true or
 * false, and never true into false or back; the engine's promise about unknown facts rests on that.
 */
export interface Truth {
  readonly held: number;
  readonly differs: number;
  readonly unknown: number;
}

const yes: Truth = { held: 1, differs: 0, unknown: 0 };
const no: Truth = { held: 0, differs: 1, unknown: 0 };

export const isTrue = (truth: Truth): boolean => truth.differs === 0 && truth.unknown === 0;
export const isFalse = (truth: Truth): boolean => truth.differs > 0;

/** The nearest of the branches: a true one, else the one with least unknown, else the one that differs least. */
export function or(one: Truth, other: Truth): Truth {
  return rank(other) < rank(one) ? other : one;
}

export function not(truth: Truth): Truth {
  if (isTrue(truth)) return no;
  return isFalse(truth) ? yes : { held: 0, differs: 0, unknown: truth.unknown };
}

function rank({ differs, unknown }: Truth): number {
  return differs > 0 ? 1e9 + differs : unknown;
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
