import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#shared/clock.ts';
import type { Presence, Seen } from '../platform/presence.ts';
import type { Unsupported } from '../watchers/watcher.ts';

/** Knows who is at the computer and where it is, and says when that turns. */
export interface PresenceKeeper {
  /**
   * As it was last seen: once started at most five seconds ago, and since the last sign of a session; before that a
   * second. Costs nothing while somebody waits for a decision. Nothing where the platform cannot tell.
   */
  current(): Seen;
  start(): void;
  stop(): void;
}

/** Many facts are asked for in one breath, and need one look. */
const freshMilliseconds = 1000;
const everyMilliseconds = 5000;

/** @param turned told when somebody else is at work or the network is another */
export function presenceKeeper(
  presence: Presence | Unsupported,
  clock: Pick<Clock, 'monotonic'>,
  turned: () => void,
): PresenceKeeper {
  if ('unsupported' in presence) return { current: () => ({}), start: () => undefined, stop: () => undefined };
  let seen: Seen = {};
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told: Seen | undefined;
  let timer: NodeJS.Timeout | undefined;
  const isWatching = () => timer !== undefined;
  let deafen: (() => void) | undefined;

  const look = (): Seen => {
    seen = presence.look();
    lookedAt = clock.monotonic();
    return seen;
  };
  const check = () => {
    const now = look();
    const isOther = told !== undefined && !isDeepStrictEqual(now, told);
    told = now;
    if (isOther) turned();
  };

  return {
    current: () => (isWatching() || clock.monotonic() - lookedAt < freshMilliseconds ? seen : look()),
    start() {
      check();
      deafen = presence.listen(check);
      timer = setInterval(check, everyMilliseconds);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      deafen?.();
    },
  };
}
