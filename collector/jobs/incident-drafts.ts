import { type SqlBool, sql } from 'kysely';
import type { CollectorContext } from '../context.ts';
import { openIncident } from '../incidents/incidents.ts';
import type { Store } from '../store/tables.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 5000;
/** How far back the first look goes, and every look again: alerts are not stored in the order of their times. */
const firstLook = 7 * 24 * 60 * 60 * 1000;
const overlap = 60 * 60 * 1000;
/** High and critical. Word for word as in the index for it, which is used for nothing else. */
const isGrave = sql<SqlBool>`severity_rank >= 3`;
const atOnce = 100;

/**
 * Opens drafts of incidents for high and critical alerts; a person confirms them. An alert is in one incident at most,
 * by a key of the store, so that a crash between two looks doubles nothing.
 */
export function incidentDrafts({ store, clock, log }: CollectorContext): Job {
  async function look(): Promise<void> {
    const now = clock.now();
    const since = (await cursor(store)) ?? now - firstLook;
    const waiting = await alertsWithoutIncident(store, since - overlap);
    for (const { id } of waiting) {
      await store.transaction().execute(async (tx) => {
        await openIncident(tx, { source: 'alert', alertIds: [id], openedBy: null, note: '', now });
      });
    }
    const newest = waiting.at(-1)?.opened_at;
    const at = waiting.length === atOnce && newest !== undefined ? newest : now;
    if (waiting.length > 0 || at - since > overlap) await moveCursor(store, at);
    if (waiting.length > 0) log.info({ alerts: waiting.length }, 'alerts were put into incidents');
  }

  return job({ log, everyMilliseconds, failure: 'drafts of incidents could not be opened', look });
}

/** The oldest first. Alerts about incidents themselves open none, nor do those that were found to be nothing. */
async function alertsWithoutIncident(store: Store, since: number) {
  return store
    .selectFrom('alerts')
    .select(['id', 'opened_at'])
    .where('opened_at', '>=', since)
    .where(isGrave)
    .where('rule_id', 'not like', 'incident-%')
    .where((build) => build.or([build('state', '!=', 'closed'), build('outcome', '=', 'needs-incident')]))
    .where((build) =>
      build.not(
        build.exists(build.selectFrom('incident_alerts').select('alert_id').whereRef('alert_id', '=', 'alerts.id')),
      ),
    )
    .orderBy('opened_at')
    .limit(atOnce)
    .execute();
}

async function cursor(store: Store): Promise<number | undefined> {
  return (await store.selectFrom('incident_cursor').select('at').executeTakeFirst())?.at;
}

async function moveCursor(store: Store, at: number): Promise<void> {
  await store
    .insertInto('incident_cursor')
    .values({ one: 1, at })
    .onConflict((conflict) => conflict.column('one').doUpdateSet({ at }))
    .execute();
}
