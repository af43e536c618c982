import { errorCode } from '#shared/errors.ts';
import type { Change, WatcherContext } from '../watcher.ts';

/** Gathers what happens within a moment, because each record waits for the disk. */
const gatherMilliseconds = 50;
const retryMilliseconds = 5_000;
const mostInOneRecord = 500;
const mostHeld = 50_000;

export interface Outbox {
  add(changes: readonly Change[]): void;
  /** Resolves when everything added so far is on the disk. */
  onDisk(): Promise<void>;
  /** Puts everything on the disk now, as far as it takes it. */
  flush(): void;
  stop(): void;
}

/**
 * Puts changes on the disk in order. What the disk does not take stays and is tried again; beyond a bound it is let go.
 * @param memory what is to be remembered once these are told; it takes effect by `keep`
 */
export function outbox(
  context: Pick<WatcherContext, 'record' | 'log'>,
  memory: (changes: readonly Change[]) => { value: unknown; keep(): void },
): Outbox {
  const held: Change[] = [];
  let written = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    while (held.length > 0) {
      const batch = held.slice(0, mostInOneRecord);
      const remembered = memory(batch);
      try {
        context.record(batch, remembered.value);
      } catch (error) {
        context.log.error({ watcher: 'media-files', code: errorCode(error) }, 'changes of files could not be recorded');
        timer = setTimeout(flush, retryMilliseconds);
        return;
      }
      remembered.keep();
      held.splice(0, batch.length);
    }
    written.resolve();
    written = Promise.withResolvers<void>();
  }

  return {
    add(changes) {
      if (held.length < mostHeld) held.push(...changes);
      timer ??= setTimeout(flush, gatherMilliseconds);
    },
    onDisk: () => written.promise,
    flush,
    stop: () => clearTimeout(timer),
  };
}
