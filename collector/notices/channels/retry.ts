const minute = 60_000;
/** Milliseconds to wait after each failed attempt; the last goes on. */
const pauses = [1, 2, 5, 10, 20, 40, 60].map((minutes) => minutes * minute);
/** Nobody is helped by news of last week. */
const giveUpAfter = 3 * 24 * 60 * minute;

/**
 * When to try again, or undefined when it is time to give up and tell people. Pure.
 * @param attempts made so far, from 1
 */
export function nextAttempt(attempts: number, plannedAt: number, now: number): number | undefined {
  const next = now + (pauses[Math.min(attempts, pauses.length) - 1] ?? minute);
  return next - plannedAt > giveUpAfter ? undefined : next;
}
