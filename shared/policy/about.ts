import type { Facts } from './facts.ts';
import { type LondonTime, londonTime } from './london.ts';
import type { List } from './rule.ts';
import type { Standing } from './standing.ts';

/** Everything a condition may be held against, for one decision. */
export interface About {
  facts: Facts;
  /** Null when the agent was never told: then the register is unknown, which is not the same as empty. */
  standing: Standing | null;
  /** Milliseconds since 1970; undefined when no particular time is meant. */
  now: number | undefined;
  lists: Readonly<Record<string, List>>;
  acceptedMethods: readonly string[];
  /** Answers that many rules ask for, worked out once. */
  once<T>(key: string, work: () => T): T;
}

export function about(parts: Omit<About, 'once'>): About {
  const known = new Map<string, unknown>();
  return {
    ...parts,
    once<T>(key: string, work: () => T): T {
      if (!known.has(key)) known.set(key, work());
      return known.get(key) as T;
    },
  };
}

export function localTime(subject: About): LondonTime | undefined {
  const { now } = subject;
  return now === undefined ? undefined : subject.once('london', () => londonTime(now));
}
