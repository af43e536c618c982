import type { EventData } from '#shared/events/kinds.ts';
import type { Draft } from './spool.ts';

/** What an `events.lost` says. */
export type Loss = EventData<'events.lost'>;

/** What is recorded in the place of an event that cannot be sent, so that it does not hold up those after it. */
export function toldAsLost({ at, bootId, uptimeMs }: Draft, because: 'too-large' | 'malformed'): Draft {
  return { at, bootId, uptimeMs, kind: 'events.lost', data: { from: 1, to: 1, count: 1, because } };
}

/**
 * Brings losses of one cause and priority together: the widest range, the sum of the counts, the earliest time. Pure. Whatever
 * was told as lost is told by what comes out.
 */
export function mergeLosses(losses: readonly Loss[]): Loss[] {
  const merged = new Map<string, Loss>();
  for (const loss of losses) {
    const key = `${loss.because} ${loss.priority}`;
    const known = merged.get(key);
    merged.set(key, known ? together(known, loss) : loss);
  }
  return [...merged.values()];
}

function together(one: Loss, other: Loss): Loss {
  const [since] = [one.since, other.since].filter((time) => time !== undefined).sort();
  return {
    ...one,
    from: Math.min(one.from, other.from),
    to: Math.max(one.to, other.to),
    count: one.count + other.count,
    ...(since !== undefined && { since }),
  };
}

/** What an event that is to be let go tells of events before it that are lost; undefined when it is another. Pure. */
export function lossToldBy(line: string): Loss | undefined {
  const { kind, data } = JSON.parse(line) as { kind: string; data: Loss };
  if (kind !== 'events.lost') return undefined;
  // These stand in the place of what was lost, and have no other number than their own.
  return data.because === 'too-large' || data.because === 'malformed' ? undefined : data;
}
