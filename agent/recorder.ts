import { type Clock, isoTime } from '#shared/clock.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Decision, Outcome } from '#shared/policy/decision.ts';
import { limits } from '#shared/protocol/protocol.ts';
import type { Platform } from './platform/platform.ts';
import type { Draft, Memory, Spool } from './spool/spool.ts';
import type { Change } from './watchers/watcher.ts';

/** A change together with what the policy said of it and what came of that. */
export type Judged = Change & { decision?: Decision; outcome?: Outcome };

export interface Recorder {
  /** Makes events of changes and puts them on the disk. @throws when the disk does not take them */
  record(changes: readonly Judged[], ...memories: readonly Memory[]): void;
  /** Whether the disk refused the last attempt. No event can tell that; the status does. */
  failing(): boolean;
}

export interface RecorderParts {
  spool: Spool;
  platform: Pick<Platform, 'bootId' | 'uptimeMilliseconds'>;
  clock: Clock;
  /** Told after the events are on the disk. */
  recorded(events: readonly PortcullisEvent[]): void;
}

export function recorder({ spool, platform, clock, recorded }: RecorderParts): Recorder {
  let failing = false;
  return {
    failing: () => failing,
    record(changes, ...memories) {
      const stamp = { at: isoTime(clock.now()), bootId: platform.bootId(), uptimeMs: platform.uptimeMilliseconds() };
      failing = true;
      const events = spool.enqueue(
        changes.map((change) => bounded(draft(change, stamp))),
        ...memories,
      );
      failing = false;
      recorded(events);
    },
  };
}

type Stamp = Pick<PortcullisEvent, 'at' | 'bootId' | 'uptimeMs'>;

function draft({ kind, data, actor, decision, outcome }: Judged, stamp: Stamp): Draft {
  const optional = { ...(actor && { actor }), ...(decision && { decision }), ...(outcome && { outcome }) };
  return { ...stamp, kind, ...optional, data } as Draft;
}

/** An event no line can hold is told as lost rather than blocking all that follow it. */
function bounded(event: Draft): Draft {
  if (Buffer.byteLength(JSON.stringify(event)) < limits.lineBytes - 64) return event;
  const { at, bootId, uptimeMs } = event;
  return { at, bootId, uptimeMs, kind: 'events.lost', data: { from: 1, to: 1, count: 1, because: 'too-large' } };
}
