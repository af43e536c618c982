import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';

const day = 24 * 60 * 60 * 1000;
/** After the start, so that a computer that has just been switched on is left in peace. */
const firstMilliseconds = 5000;

/** Records hardware and system once a day, when they differ from what was last recorded (focus 3.5). */
export function inventoryKeeper({
  platform,
  log,
  record,
  recall,
}: {
  platform: Platform;
  log: Logger;
  record(changes: readonly Change[], memory?: Memory): void;
  recall(name: string): unknown;
}): { start(): void; stop(): void } {
  const { inventory } = platform;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    if (typeof inventory !== 'function') return;
    const seen = await inventory();
    if (!seen.ok) log.warn({ code: seen.error.code }, 'the inventory could not be read');
    else if (timer && !isDeepStrictEqual(seen.seen, recall('inventory'))) {
      record([{ kind: 'inventory.recorded', data: { inventory: seen.seen } }], { name: 'inventory', value: seen.seen });
    }
  }

  function schedule(milliseconds: number): void {
    timer = setTimeout(() => {
      look().catch((error: unknown) => log.warn({ code: errorCode(error) }, 'the inventory could not be recorded'));
      schedule(day);
    }, milliseconds);
    timer.unref();
  }

  return {
    start: () => schedule(firstMilliseconds),
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
