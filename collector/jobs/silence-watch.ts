import { usualSilenceRules } from '#shared/policy/silence.ts';
import { closeByItself, raiseAlerts } from '../alerting/alerts.ts';
import { type Fault, faultFinding } from '../alerting/faults.ts';
import { duration } from '../console/words.ts';
import type { CollectorContext } from '../context.ts';
import type { PublishedPolicy } from '../policies/policies.ts';
import { ownComputer } from '../register/computers.ts';
import { type Heard, silenceNow, wholeEstate } from '../register/silence.ts';
import type { SilencesTable } from '../store/self-care-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 60_000;
/** After a longer pause of the collector nobody's silence before it counts: it could have been our own. */
const shortBreak = 15 * 60_000;

export interface SilenceWatchParts extends CollectorContext {
  policy(): PublishedPolicy;
}

/** Misses computers that were there: one alert for each, closed when it is heard again, and one for all when all are. */
export function silenceWatch({ store, clock, log, changes, policy }: SilenceWatchParts): Job {
  async function look(): Promise<void> {
    const now = clock.now();
    const alertIds = await store.transaction().execute((tx) => lookOnce(tx, policy(), now));
    if (alertIds.length > 0) changes.publish({ computerId: '', events: [], alertIds });
  }

  return job({ log, everyMilliseconds, failure: 'silent computers could not be looked for', look });
}

/** @returns ids of alerts that were raised */
async function lookOnce(tx: StoreTransaction, published: PublishedPolicy, now: number): Promise<string[]> {
  const listeningSince = await listen(tx, now);
  const told = new Map((await tx.selectFrom('silences').selectAll().execute()).map((row) => [row.computer_no, row]));
  const noticed = new Map([...told].map(([no, { noticed_at }]) => [no, { noticedAt: noticed_at }]));
  const rules = published.policy.silence ?? usualSilenceRules;
  const { missed, returned, isEstate } = silenceNow(await heard(tx), noticed, rules, { listeningSince, now });
  for (const no of returned) await settle(tx, told.get(no), now);
  const standing = told.get(wholeEstate);
  if (isEstate && !standing)
    return [await tell(tx, { published, now }, 'estate-silent', { no: wholeEstate, since: now })];
  if (!isEstate && standing) {
    await close(tx, standing, now, `Most computers are heard again, after ${duration(now - standing.noticed_at)}.`);
    // Those that are not yet back get their whole time anew, so that the end of one silence is not hundreds of others.
    await tx.updateTable('listening').set({ since: now }).where('no', '=', 1).execute();
    return [];
  }
  const alertIds: string[] = [];
  for (const { no, lastSeenAt } of missed)
    alertIds.push(await tell(tx, { published, now }, 'computer-silent', { no, since: lastSeenAt }));
  return alertIds;
}

/** Notes that somebody listens. @returns since when without a break */
async function listen(tx: StoreTransaction, now: number): Promise<number> {
  const before = await tx.selectFrom('listening').selectAll().where('no', '=', 1).executeTakeFirst();
  const goesOn = before !== undefined && now >= before.last_at && now - before.last_at <= shortBreak;
  const row = { no: 1, since: goesOn ? before.since : now, last_at: now };
  await tx
    .insertInto('listening')
    .values(row)
    .onConflict((conflict) => conflict.column('no').doUpdateSet(row))
    .execute();
  return row.since;
}

async function heard(tx: Store): Promise<Heard[]> {
  const rows = await tx
    .selectFrom('computers')
    .leftJoin('asset_details', 'asset_details.computer_no', 'computers.no')
    .where('state', '=', 'active')
    .where('last_seen_at', 'is not', null)
    .where((build) => build.or([build('disposal', 'is', null), build('disposal', '=', 'in-use')]))
    .select(['no', 'last_seen_at', 'computers.portable', 'asset_details.portable as said'])
    .execute();
  return rows.map(({ no, last_seen_at, portable, said }) => ({
    no,
    lastSeenAt: last_seen_at ?? 0,
    portable: said === null ? portable === 1 : said === 'yes',
  }));
}

async function tell(
  tx: StoreTransaction,
  { published, now }: { published: PublishedPolicy; now: number },
  fault: Extract<Fault, 'computer-silent' | 'estate-silent'>,
  { no, since }: { no: number; since: number },
): Promise<string> {
  const computerNo = no === wholeEstate ? (await ownComputer(tx, now)).no : no;
  const { version, policy } = published;
  const findings = [faultFinding(fault, policy.monitoringClause, now)];
  const [alertId = ''] = await raiseAlerts(tx, { computerNo, policyVersion: version, findings, now });
  await tx
    .insertInto('silences')
    .values({ computer_no: computerNo, alert_id: alertId, since, noticed_at: now })
    .execute();
  return alertId;
}

async function settle(tx: StoreTransaction, silence: SilencesTable | undefined, now: number): Promise<void> {
  if (!silence) return;
  const { state, last_seen_at } = await tx
    .selectFrom('computers')
    .select(['state', 'last_seen_at'])
    .where('no', '=', silence.computer_no)
    .executeTakeFirstOrThrow();
  const isBack = state === 'active' && (last_seen_at ?? 0) > silence.noticed_at;
  const note = isBack
    ? `The computer is heard again, after a silence of ${duration((last_seen_at ?? now) - silence.since)}.`
    : 'The computer is no longer in use.';
  await close(tx, silence, now, note);
}

async function close(tx: StoreTransaction, silence: SilencesTable, at: number, note: string): Promise<void> {
  await closeByItself(tx, { alertId: silence.alert_id, at, note });
  await tx.deleteFrom('silences').where('computer_no', '=', silence.computer_no).execute();
}
