import type { About } from './about.ts';
import type { When } from './conditions.ts';
import { evaluate, type Leaf, leavesOf, partNames } from './evaluate.ts';
import { isFalse, isTrue, or } from './truth.ts';

/** The leaves that keep a condition from holding, and whether they stand under a `not`. */
export interface Obstacles {
  differing: { leaf: Leaf; excluded: boolean }[];
  unknown: Leaf[];
}

/** Says why a condition does not hold: the facts that differ and those not known, as `evaluate` counts them. */
export function obstacles(when: When, subject: About): Obstacles {
  const found: Obstacles = { differing: [], unknown: [] };
  for (const part of partNames) {
    const condition = when[part];
    if (!condition) continue;
    for (const leaf of leavesOf(part, condition, subject)) {
      if (leaf.fits === undefined) found.unknown.push(leaf);
      else if (!leaf.fits) found.differing.push({ leaf, excluded: false });
    }
  }
  for (const inner of when.all ?? []) join(found, obstacles(inner, subject));
  if (when.any) join(found, nearest(when.any, subject));
  if (when.not) join(found, exclusion(when.not, subject));
  return found;
}

function join(to: Obstacles, from: Obstacles): void {
  to.differing.push(...from.differing);
  to.unknown.push(...from.unknown);
}

/** Of several branches the one that comes nearest; nothing when one holds. */
function nearest(branches: When[], subject: About): Obstacles {
  const tried = branches.map((when) => ({ when, truth: evaluate(when, subject) }));
  const best = tried.reduce((one, other) => (or(one.truth, other.truth) === other.truth ? other : one));
  return isTrue(best.truth) ? { differing: [], unknown: [] } : obstacles(best.when, subject);
}

/** What stands against a `not`: a leaf that holds in it, or what is not known of it. */
function exclusion(inner: When, subject: About): Obstacles {
  const truth = evaluate(inner, subject);
  if (isFalse(truth)) return { differing: [], unknown: [] };
  if (!isTrue(truth)) return { differing: [], unknown: obstacles(inner, subject).unknown };
  return { differing: [{ leaf: firstHolding(inner, subject), excluded: true }], unknown: [] };
}

function firstHolding(when: When, subject: About): Leaf {
  for (const part of partNames) {
    const condition = when[part];
    if (!condition) continue;
    for (const leaf of leavesOf(part, condition, subject)) return leaf;
  }
  const inner = when.all?.[0] ?? when.any?.find((branch) => isTrue(evaluate(branch, subject)));
  return inner ? firstHolding(inner, subject) : { path: 'the exception', wanted: '', fits: true };
}
