import { isoTime } from '#shared/clock.ts';
import type { PostureFacts } from '#shared/events/posture.ts';

/** Pure. The day named is still supported, wherever on earth the computer is. @param ends undefined when it is not known */
export function judgeEnd(what: string, ends: string | undefined, now: number): PostureFacts {
  const facts = { item: 'os-support' as const, what };
  if (ends === undefined) {
    return { ...facts, state: 'unknown', because: 'The end of support of this version is not known to the agent.' };
  }
  const supportEnds = ends;
  if (isoTime(now).slice(0, 10) <= ends) {
    return { ...facts, state: 'good', because: 'The version still gets free security updates.', supportEnds };
  }
  const because = 'Free security updates have ended. Paid extensions are not looked at.';
  return { ...facts, state: 'bad', because, supportEnds };
}
