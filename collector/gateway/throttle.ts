/** How much one computer may send, so that a flood from one is not felt by others. */
export interface Allowance {
  eventsPerSecond: number;
  /** Events that may come at once after a quiet time. */
  burst: number;
}

export interface Throttle {
  /** @returns milliseconds to wait before reading on; 0 when within the allowance */
  take(events: number, now: number): number;
}

/** A token bucket that may be overdrawn: what was sent is kept, what follows waits. */
export function throttle({ eventsPerSecond, burst }: Allowance): Throttle {
  let tokens = burst;
  let last: number | undefined;
  return {
    take(events, now) {
      const elapsed = last === undefined ? 0 : now - last;
      last = now;
      tokens = Math.min(burst, tokens + (elapsed * eventsPerSecond) / 1000) - events;
      return tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / eventsPerSecond);
    },
  };
}
