import type { Job } from './jobs.ts';

/** Milliseconds for which what an agent says of itself waits for others, so that thousands of them share a few commits. */
const statusWaits = 250;

/** Whether jobs go into a transaction now: statuses alone wait for others a while, and all else goes at once. */
export interface Gathering {
  /** A job waits from now on. @returns whether it is the first of those for which nothing waits */
  joined(type: Job['type']): boolean;
  /** A job went into a transaction, or will never go. */
  left(type: Job['type']): void;
  /** Whether those that wait go now. If not, `begin` is called once they have waited long enough. */
  isOver(): boolean;
  /** Those that wait go now, whatever they are. */
  end(): void;
}

export function gathering(begin: () => void): Gathering {
  let pressing = 0;
  let statuses = 0;
  let isDue = false;
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
    isDue = true;
  }

  return {
    joined(type) {
      if (type === 'status') statuses += 1;
      else pressing += 1;
      return type !== 'status' && pressing === 1;
    },
    left(type) {
      if (type !== 'status') {
        pressing -= 1;
        return;
      }
      statuses -= 1;
      if (statuses > 0) return;
      end();
      isDue = false;
    },
    isOver() {
      if (pressing > 0 || isDue) return true;
      timer ??= setTimeout(() => {
        end();
        begin();
      }, statusWaits);
      return false;
    },
    end,
  };
}
