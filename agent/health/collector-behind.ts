import type { Gap } from '#shared/protocol/protocol.ts';
import type { Memory, Spool } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';

export interface CollectorBehindParts {
  spool: Pick<Spool, 'recall'>;
  record(changes: readonly Change[], memory: Memory): void;
}

const name = 'collector-behind';

/**
 * Tells that the collector no longer has what it had acknowledged, as after the restore of a backup, and that it is here
 * no more either: once, however often the connection begins anew.
 */
export function collectorBehind({ spool, record }: CollectorBehindParts): (missing: Gap) => void {
  return ({ from, to }) => {
    const told = spool.recall(name) as Gap | undefined;
    if (told?.from === from && told.to === to) return;
    const data = { from, to, count: to - from + 1, because: 'collector-restored' as const };
    record([{ kind: 'events.lost', data }], { name, value: { from, to } });
  };
}
