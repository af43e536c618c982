import { seeded } from '../fakes/corpus/content.ts';

/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number;

export const below = (random: Random, limit: number) => Math.floor(random() * limit);

export function pick<T>(from: readonly T[], random: Random): T {
  const one = from[below(random, from.length)];
  if (one === undefined) throw new RangeError('There is nothing to pick from.');
  return one;
}

/** The chance of one input: any of a run's can be made again without those before it. */
export function randomOfCase(seed: number, index: number): Random {
  return seeded((seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0);
}
