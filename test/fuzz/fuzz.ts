import { randomOfCase } from './chance.ts';
import { faultOf, minimise } from './minimise.ts';
import type { Input, Target } from './target.ts';

export interface FuzzOptions {
  seed: number;
  /** Inputs at most; the first has number `from`. */
  count: number;
  from?: number;
  /** Seconds after which no further input is begun. */
  seconds?: number;
  /** Told before each input. */
  begun?(index: number): void;
}

/** An input with which something went wrong, made as small as it went. */
export interface Found {
  fault: string;
  index: number;
  input: Input;
}

export interface FuzzResult {
  seed: number;
  inputs: number;
  /** What the inputs hold: frames, documents. */
  units: number;
  /** Inputs by part and by what became of them. */
  outcomes: Record<string, number>;
  found: Found[];
  seconds: number;
  slowestMilliseconds: number;
}

/** Different faults after which a run ends: the rest would be the same. */
const enough = 20;

/** Makes inputs and looks how they are borne. The same seed makes the same inputs. */
export async function fuzz(
  target: Target,
  { seed, count, from = 0, seconds, begun }: FuzzOptions,
): Promise<FuzzResult> {
  const result: FuzzResult = { seed, inputs: 0, units: 0, outcomes: {}, found: [], seconds: 0, slowestMilliseconds: 0 };
  const known = new Set<string>();
  const started = performance.now();
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : started + seconds * 1000;
  let last = started;
  for (let index = from; index < from + count && last < until && known.size < enough; index++) {
    begun?.(index);
    const input = target.make(randomOfCase(seed, index));
    try {
      const looking = target.look(input);
      const outcome = typeof looking === 'string' ? looking : await looking;
      const name = `${input.part} ${outcome}`;
      result.outcomes[name] = (result.outcomes[name] ?? 0) + 1;
    } catch (error) {
      const fault = faultOf(error);
      if (!known.has(fault)) result.found.push({ fault, index, input: await minimise(target, input) });
      known.add(fault);
    }
    const now = performance.now();
    result.inputs += 1;
    result.units += input.units ?? 1;
    result.slowestMilliseconds = Math.max(result.slowestMilliseconds, now - last);
    last = now;
  }
  result.seconds = (last - started) / 1000;
  return result;
}
