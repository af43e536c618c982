/** The only source of time: passed as an argument, so that tests own it. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. May jump either way. */
  now(): number;
  /** Milliseconds that only grow, from an arbitrary start. For measuring durations. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** UTC with milliseconds, the form of every time on the wire and in the store. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
