import type { Status } from '#shared/protocol/protocol.ts';
import type { Store } from '../store/tables.ts';
import { presenceBounds } from './presence.ts';

const mostListed = 100;

/** Computers that should have spoken by now, the longest silence first. @param now by the collector's clock */
export async function listSilent(store: Store, now: number) {
  const { to } = presenceBounds('silent', now);
  return store
    .selectFrom('computers')
    .leftJoin('asset_details', 'asset_details.computer_no', 'computers.no')
    .where('state', '=', 'active')
    .where((build) =>
      build.or([
        build('last_seen_at', '<=', to),
        build.and([build('last_seen_at', 'is', null), build('enrolled_at', '<=', to)]),
      ]),
    )
    .select(['id', 'hostname', 'last_seen_at', 'enrolled_at', 'owner'])
    .orderBy((build) => build.fn.coalesce('last_seen_at', 'enrolled_at'))
    .limit(mostListed)
    .execute();
}

/** Computers with events that have not been sent, the most first. Times in milliseconds, by the computers' clocks. */
export async function listBacklogs(store: Store) {
  const rows = await store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .where('spool_events', '>', 0)
    .select(['id', 'hostname', 'spool_events', 'status'])
    .orderBy('spool_events', 'desc')
    .limit(mostListed)
    .execute();
  return rows.map(({ id, hostname, spool_events, status }) => {
    // Checked against its schema when the agent sent it.
    const oldest = status === null ? undefined : (JSON.parse(status) as Status).spool.oldest;
    return { id, hostname, events: spool_events ?? 0, oldest: oldest === undefined ? undefined : Date.parse(oldest) };
  });
}
