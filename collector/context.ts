import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import type { ChangeFeed } from './api/change-feed.ts';
import type { Store } from './store/tables.ts';

/** What the parts of the collector share. Made once by main.ts, handed on as an argument. */
export interface CollectorContext {
  clock: Clock;
  log: Logger;
  store: Store;
  changes: ChangeFeed;
}
