import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import { type Coverage, type WatcherName, watcherNames } from '#shared/events/agent.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { Platform } from '../platform/platform.ts';
import type { Change, Watcher, WatcherContext } from './watcher.ts';

export interface WatchersParts {
  platform: Platform;
  clock: Clock;
  log: Logger;
  policy(): Policy | null;
  standing(): Standing | null;
  /** See `WatcherContext.act`. */
  act?: WatcherContext['act'];
  /** See `WatcherContext.identify`. */
  identify?: WatcherContext['identify'];
  /** See `WatcherContext.inspections` and `WatcherContext.attached`. */
  inspections?: WatcherContext['inspections'];
  attached?: WatcherContext['attached'];
  /** Lines of coverage beside those of the watchers. */
  alsoCovered?(): Coverage[];
  record(watcher: WatcherName, changes: readonly Change[], memory?: unknown): void;
  recall(watcher: WatcherName): unknown;
  /** Told when what is covered differs from what was last told. */
  coverageChanged(coverage: Coverage[]): void;
}

/** All watchers of this computer as one. */
export interface Watchers {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks again at once, because the policy or the standing changed. */
  check(): Promise<void>;
  coverage(): Coverage[];
}

const settleMilliseconds = 500;

export function allWatchers(parts: WatchersParts): Watchers {
  const built = new Map<WatcherName, Watcher>();
  const missing: Coverage[] = [];
  let told: Coverage[] | undefined;
  let telling: NodeJS.Timeout | undefined;
  let started = false;

  for (const name of watcherNames) {
    const made = parts.platform.watchers[name];
    if (typeof made === 'function') built.set(name, made(context(name)));
    else missing.push({ watcher: name, area: name, state: 'unsupported', how: made.unsupported, limits: [] });
  }

  function context(name: WatcherName): WatcherContext {
    return {
      clock: parts.clock,
      log: parts.log.child({ watcher: name }),
      policy: parts.policy,
      standing: parts.standing,
      record: (changes, memory) => record(name, changes, memory),
      recall: () => parts.recall(name),
      coverageChanged: tellSoon,
      ...(parts.act && { act }),
      ...(parts.inspections && { inspections: parts.inspections }),
      ...(parts.attached && { attached: parts.attached }),
      ...(parts.identify && { identify: parts.identify }),
    };
  }

  function record(name: WatcherName, changes: readonly Change[], memory: unknown): void {
    parts.record(name, changes, memory);
    if (name === 'removable-media') for (const watcher of built.values()) watcher.mediaChanged?.();
  }

  async function act(...what: Parameters<NonNullable<WatcherContext['act']>>): Promise<readonly Change[]> {
    const changes = (await parts.act?.(...what)) ?? what[0];
    tellSoon();
    return changes;
  }

  function coverage(): Coverage[] {
    const seen = [...built.values()].flatMap((watcher) => watcher.coverage());
    return [...seen, ...missing, ...(parts.alsoCovered?.() ?? [])];
  }

  /** Several watchers change at once at a start; one telling is enough. */
  function tellSoon(): void {
    if (!started) return;
    telling ??= setTimeout(tell, settleMilliseconds);
  }

  function tell(): void {
    telling = undefined;
    const now = coverage();
    if (isDeepStrictEqual(now, told)) return;
    told = now;
    parts.coverageChanged(now);
  }

  async function each(what: string, work: (watcher: Watcher) => Promise<void>): Promise<void> {
    const one = async (watcher: Watcher): Promise<void> => {
      try {
        await work(watcher);
      } catch (error) {
        // One watcher's trouble is its own; it shows in its coverage.
        parts.log.error({ watcher: watcher.name, code: errorCode(error) }, `watcher could not ${what}`);
      }
    };
    await Promise.all([...built.values()].map(one));
  }

  return {
    coverage,
    async start() {
      await each('start', (watcher) => watcher.start());
      started = true;
      tell();
    },
    async stop() {
      clearTimeout(telling);
      started = false;
      await each('stop', (watcher) => watcher.stop());
    },
    check: () => each('check', (watcher) => watcher.check()),
  };
}
