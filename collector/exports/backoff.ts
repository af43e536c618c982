const firstWait = 1000;
const longestWait = 5 * 60_000;

/**
 * How long to wait after this many failures in a row, in milliseconds: twice as long each time up to five minutes, less a
 * random part of up to half, so that many do not come back at once. Pure.
 * @param failures at least 1
 * @param random from 0 up to 1
 */
export function backoff(failures: number, random: number): number {
  const whole = Math.min(longestWait, firstWait * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (1 - random / 2));
}
