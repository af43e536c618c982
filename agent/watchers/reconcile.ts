import type { Coverage, WatcherName } from '#shared/events/agent.ts';
import type { Checker } from '#shared/schema.ts';
import { type Change, type Look, type LookError, lookFailed, type Watcher, type WatcherContext } from './watcher.ts';

/** The operating system's half of a watcher that compares what is there with what was there. */
export interface Source<S> {
  /** Looks at the whole, from scratch. */
  look(): Promise<Look<S>>;
  /**
   * Calls `wake` at each sign that something may have changed, until stopped. A sign is only a hint: it may come late,
   * twice or never. Throws when signs cannot be had; the watcher then goes on by polling and says so.
   */
  listen(wake: () => void): Promise<{ stop(): Promise<void> }>;
  /** What is watched and how, told what went wrong if anything did. */
  coverage(trouble: { look?: LookError; listen?: LookError }): Coverage[];
}

export interface Reconciling<S> {
  name: WatcherName;
  source: Source<S>;
  /** Validates what was remembered before it is compared with. */
  memory: Checker<S>;
  /** Pure. `before` is undefined at the very first look on this computer. */
  diff(before: S | undefined, now: S, context: { now: number; startingUp: boolean }): Change[];
  /** May carry facts of the past into the new memory, for example since when. Default: what was seen. */
  remember?(before: S | undefined, now: S, at: number): S;
  /** Whether what is remembered goes to the disk though nothing is to be told. Default: it does not. */
  mustKeep?(before: S, after: S): boolean;
  /**
   * Carries out what follows from what was seen, before it is recorded; called at every look, so that it can also see
   * to it that things stay as they should be. Gives the changes that are to be recorded. Must not throw, and must come
   * to the same when it is called again, since a crash may come before the record.
   */
  act?(changes: readonly Change[], now: S): Promise<readonly Change[]>;
  /** The net under the signs, in milliseconds. */
  everyMilliseconds(): number;
  /** How long to let signs settle before looking, in milliseconds; at 0 the first sign is looked at without delay. */
  settleMilliseconds: number;
}

/**
 * A watcher whose truth is a periodic look and whose signs only make it look sooner. A failed look changes nothing
 * that is remembered, so it can never read as "everything is gone".
 */
export function reconcilingWatcher<S>(spec: Reconciling<S>, context: WatcherContext): Watcher {
  const { source, name } = spec;
  /** As it stands on the disk, where nobody else writes it. */
  let memory: S | undefined;
  let listening: { stop(): Promise<void> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Calls off the look that a sign has asked for. */
  let callOff: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = true;
  let startingUp = true;
  let trouble: { look?: LookError; listen?: LookError } = {};

  function told(change: typeof trouble): void {
    trouble = change;
    context.coverageChanged();
  }

  async function lookOnce(): Promise<void> {
    const look = await source.look().catch((error: unknown) => lookFailed(error, 'The look failed'));
    if (!look.ok) {
      if (trouble.look?.says !== look.error.says) {
        context.log.warn({ watcher: name, code: look.error.code }, 'look failed');
        told({ ...trouble, look: look.error });
      }
      return;
    }
    if (trouble.look) {
      const { look: _mended, ...rest } = trouble;
      told(rest);
    }
    memory ??= recalled();
    const before = memory;
    const now = context.clock.now();
    const after = spec.remember?.(before, look.seen, now) ?? look.seen;
    const found = spec.diff(before, look.seen, { now, startingUp });
    startingUp = false;
    const changes = spec.act ? await spec.act(found, after) : found;
    if (changes.length === 0 && before !== undefined && !spec.mustKeep?.(before, after)) return;
    context.record(changes, after);
    memory = after;
  }

  function recalled(): S | undefined {
    const kept = context.recall();
    return spec.memory.check(kept) ? kept : undefined;
  }

  /** One look at a time; a call during a look makes one more follow. */
  async function check(): Promise<void> {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await lookOnce();
      }
    })().finally(() => {
      running = undefined;
    });
    await running;
  }

  function checkSoon(): void {
    check().catch((error: unknown) => {
      context.log.error(
        { watcher: name, err: { code: lookFailed(error, '').error.code } },
        'changes could not be recorded',
      );
    });
  }

  function wake(): void {
    if (stopped || callOff) return;
    const go = () => {
      callOff = undefined;
      checkSoon();
    };
    if (spec.settleMilliseconds > 0) {
      const wait = setTimeout(go, spec.settleMilliseconds);
      callOff = () => clearTimeout(wait);
    } else {
      const turn = setImmediate(go);
      callOff = () => clearImmediate(turn);
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      checkSoon();
      schedule();
    }, spec.everyMilliseconds());
    timer.unref();
  }

  return {
    name,
    check,
    coverage: () => source.coverage(trouble),
    async start() {
      stopped = false;
      try {
        listening = await source.listen(wake);
      } catch (error) {
        told({ ...trouble, listen: lookFailed(error, 'No signals, polling instead').error });
      }
      await check();
      schedule();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      callOff?.();
      callOff = undefined;
      await listening?.stop();
      await running;
    },
  };
}
