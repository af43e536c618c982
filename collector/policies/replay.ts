import type { Store } from '../store/tables.ts';
import { basisOf, type ReplayParts } from './replay-event.ts';
import { rememberingJudge } from './replay-memory.ts';
import { computersByNo, pages, replayedKinds } from './replay-pages.ts';
import { merged, type ReplayRow, tally } from './replay-tally.ts';

export interface Replay {
  /** `enforced`: as both policies are in force. `as-if-enforced`: the draft only reports, so both are taken as if they enforced. */
  basis: ReturnType<typeof basisOf>;
  events: number;
  /** Decisions really worked out; the others had the same facts. */
  decided: number;
  /** Most frequent first. */
  newlyBlocked: ReplayRow[];
  newlyAllowed: ReplayRow[];
}

/**
 * Runs a draft over the stored events of devices: each is decided afresh by the draft and by what holds now, at its
 * own time, with the register and the approvals of today. Equal facts are decided once.
 * @param onRead told now and then how many more events were read
 */
export async function replay(
  store: Store,
  parts: ReplayParts,
  onRead: (events: number) => void = () => undefined,
): Promise<Replay> {
  const computers = await computersByNo(store);
  const judge = rememberingJudge(parts);
  const blocked = tally(computers);
  const allowed = tally(computers);
  let events = 0;
  for (const kind of replayedKinds) {
    for await (const rows of pages(store, kind, parts)) {
      events += rows.length;
      onRead(rows.length);
      for (const row of rows) {
        const judged = judge.of(row, kind, computers.get(row.computer_no));
        for (const one of judged.differences) (one.blocked ? blocked : allowed).add(row, kind, judged, one);
      }
    }
  }
  return {
    basis: basisOf(parts),
    events,
    decided: judge.decided(),
    newlyBlocked: blocked.rows(),
    newlyAllowed: allowed.rows(),
  };
}

/** How many events a replay has to read, from the index alone. */
export async function countEvents(
  store: Store,
  { since, until = Number.MAX_SAFE_INTEGER }: ReplayParts,
): Promise<number> {
  const { events } = await store
    .selectFrom('events')
    .where('kind', 'in', [...replayedKinds])
    .where('at', '>=', since)
    .where('at', '<', until)
    .select((build) => build.fn.countAll<number>().as('events'))
    .executeTakeFirstOrThrow();
  return events;
}

/** The answer to the whole from the answers to its stretches of time. */
export function joined(replays: readonly Replay[], basis: Replay['basis']): Replay {
  const sum = (of: (one: Replay) => number) => replays.reduce((total, one) => total + of(one), 0);
  return {
    basis,
    events: sum(({ events }) => events),
    decided: sum(({ decided }) => decided),
    newlyBlocked: merged(replays.flatMap(({ newlyBlocked }) => newlyBlocked)),
    newlyAllowed: merged(replays.flatMap(({ newlyAllowed }) => newlyAllowed)),
  };
}
