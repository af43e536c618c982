import { type Clock, isoTime } from '#shared/clock.ts';
import { eventCheckers, type PortcullisEvent } from '#shared/events/kinds.ts';
import type { Decision, Outcome } from '#shared/policy/decision.ts';
import type { Platform } from './platform/platform.ts';
import { toldAsLost } from './spool/losses.ts';
import type { Draft, Memory, Spool } from './spool/spool.ts';
import type { Change } from './watchers/watcher.ts';

/** A change together with what the policy said of it and what came of that. */
export type Judged = Change & { decision?: Decision; outcome?: Outcome };

export interface Recorder {
  /** Makes events of changes and puts them on the disk. @throws when the disk does not take them */
  record(changes: readonly Judged[], ...memories: readonly Memory[]): void;
  /** The event that would be made of a change. Nothing is recorded. */
  rehearse(change: Judged): Draft;
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
  const checkerOf = eventCheckers();
  let failing = false;
  const stampOfNow = (): Stamp => ({
    at: isoTime(clock.now()),
    bootId: platform.bootId(),
    uptimeMs: platform.uptimeMilliseconds(),
  });
  /** An event that the collector would refuse is told as lost. */
  function sound(event: Draft): Draft {
    return checkerOf(event.kind).check({ seq: 1, ...event }) ? event : toldAsLost(event, 'malformed');
  }
  return {
    failing: () => failing,
    rehearse: (change) => sound(draft(change, stampOfNow())),
    record(changes, ...memories) {
      const stamp = stampOfNow();
      failing = true;
      const events = spool.enqueue(
        changes.map((change) => sound(draft(change, stamp))),
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
