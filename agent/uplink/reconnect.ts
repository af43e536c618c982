/** How a connection ended, as far as the next attempt cares. */
export interface Ending {
  /** Whether the collector took this agent in before the connection ended. */
  welcomed: boolean;
  /** False after a refusal that the same agent, unchanged, would get again. */
  retry: boolean;
  /** The collector asked to wait at least this long, in milliseconds. */
  after?: number;
}

const shortest = 1000;
const longest = 5 * 60 * 1000;
const afterFinalRefusal = 30 * 60 * 1000;
/** What a collector asks for beyond this is a mistake, and a timer could not hold it. */
const longestAsked = 24 * 60 * 60 * 1000;

/**
 * Milliseconds of silence after which a connection in the making is given up. Long, since a collector to which thousands
 * return at once takes them one after the other: to wait costs nothing, and to hang up and come again costs both sides a handshake.
 */
export const connectPatience = 60_000;

/**
 * Milliseconds to wait before connecting again. Pure. Doubles with every failure in a row, and is spread by chance so
 * that ten thousand agents do not come back in the same second.
 * @param failures connections in a row that ended before a welcome, this one included; 0 after a good one
 * @param random from 0 up to 1
 */
export function reconnectDelay(ending: Ending, failures: number, random: number): number {
  if (!ending.retry) return afterFinalRefusal * (0.5 + random);
  const ceiling = Math.min(longest, shortest * 2 ** Math.min(failures, 20));
  return Math.max(Math.min(ending.after ?? 0, longestAsked), ceiling * (0.5 + random / 2));
}
