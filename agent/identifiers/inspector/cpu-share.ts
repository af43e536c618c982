import { setTimeout as sleep } from 'node:timers/promises';

// Shorter rests would cost more than they save.
const shortestRest = 20;

/** Keeps work to a share of one processor: after each stretch of work comes a rest in proportion to it. */
export class CpuShare {
  readonly #share: () => number;
  readonly #stop: AbortSignal;
  #owed = 0;

  /** @param share above 0, at most 1; asked for each time, because the policy may change it */
  constructor(share: () => number, stop: AbortSignal) {
    this.#share = share;
    this.#stop = stop;
  }

  /** @param milliseconds of processor time, not by the clock: on a busy computer that would be rest upon rest */
  worked(milliseconds: number): void {
    this.#owed += milliseconds * (1 / this.#share() - 1);
  }

  /** Waits until enough rest was had. Returns at once when the work is to stop. */
  async rest(): Promise<void> {
    if (this.#owed < shortestRest) return;
    const rest = this.#owed;
    this.#owed = 0;
    await sleep(rest, undefined, { signal: this.#stop }).catch(() => undefined);
  }
}
