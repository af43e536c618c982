import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { compareVersions } from '#shared/version.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { ReleasesTable, RollOutState, RollOutsTable } from '../store/self-care-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** Who does it, and when. */
export interface Doer {
  by: string;
  accountId: string | null;
  now: number;
}

export interface RollOutPlan {
  groups: readonly string[];
  percent: number;
  /** With more failures than these it pauses by itself. */
  mostFailures: number;
}

export const usualPlan: RollOutPlan = { groups: [], percent: 100, mostFailures: 2 };

/**
 * Begins to offer a release. One of the same system that was running is stopped, since only one can be taken.
 * @throws InvalidError when the plan makes no sense
 */
export async function startRollOut(
  store: Store,
  release: ReleasesTable,
  plan: RollOutPlan,
  { by, accountId, now }: Doer,
): Promise<string> {
  checkPlan(plan);
  const id = uuidv7(now);
  await store.transaction().execute(async (tx) => {
    const because = `Version ${release.version} is rolled out instead.`;
    const others = await tx
      .selectFrom('roll_outs')
      .innerJoin('releases', 'releases.id', 'roll_outs.release_id')
      .where('state', '!=', 'stopped')
      .where('platform', '=', release.platform)
      .where('arch', '=', release.arch)
      .select('roll_outs.id')
      .execute();
    for (const other of others) await setState(tx, other.id, 'stopped', because, now);
    await tx
      .insertInto('roll_outs')
      .values({
        id,
        release_id: release.id,
        state: 'running',
        groups: JSON.stringify(plan.groups),
        percent: plan.percent,
        most_failures: plan.mostFailures,
        because: null,
        started_at: now,
        started_by: by,
        changed_at: now,
      })
      .execute();
    const detail = `${release.version}, ${plan.percent} % ${by}`;
    await recordAudit(tx, { at: now, accountId, action: 'roll-out.started', object: id, detail });
    await bumpStanding(tx);
  });
  return id;
}

function checkPlan({ groups, percent, mostFailures }: RollOutPlan): void {
  if (!Number.isInteger(percent) || percent < 1 || percent > 100)
    throw new InvalidError('The share of computers is a whole number from 1 to 100.');
  if (!Number.isInteger(mostFailures) || mostFailures < 0 || mostFailures > 1000)
    throw new InvalidError('The failures to bear are a whole number from 0 to 1000.');
  if (groups.length > 50 || groups.some((group) => group === '' || group.length > 255))
    throw new InvalidError('A group has a name of at most 255 characters; at most 50 may be named.');
}

const steps = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  stop: { from: ['running', 'paused'], to: 'stopped' },
} as const satisfies Record<string, { from: readonly RollOutState[]; to: RollOutState }>;
export type RollOutStep = keyof typeof steps;
export const rollOutSteps = Object.keys(steps) as RollOutStep[];

/** @throws PortcullisError `noSuchRollOut` · `stepNotPossible` */
export async function stepRollOut(store: Store, id: string, step: RollOutStep, doer: Doer): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const { state, release_id } = await rollOutRow(tx, id);
    const { from, to } = steps[step];
    if (!(from as readonly RollOutState[]).includes(state))
      throw new PortcullisError('stepNotPossible', `The roll-out is ${state} already.`);
    // What failed before counts no more against it: somebody looked, and decided.
    if (step === 'resume') await forgive(tx, id);
    await setState(tx, id, to, step === 'resume' ? null : `By ${doer.by}.`, doer.now);
    await recordAudit(tx, {
      at: doer.now,
      accountId: doer.accountId,
      action: 'roll-out.changed',
      object: id,
      detail: `${step} ${release_id} ${doer.by}`,
    });
    await bumpStanding(tx);
  });
}

/** Offers it to more, or to fewer from now on. Who has it keeps it. @throws InvalidError. @throws PortcullisError */
export async function widenRollOut(store: Store, id: string, percent: number, doer: Doer): Promise<void> {
  checkPlan({ ...usualPlan, percent });
  await store.transaction().execute(async (tx) => {
    const { state } = await rollOutRow(tx, id);
    if (state === 'stopped') throw new PortcullisError('stepNotPossible', 'The roll-out is stopped. Start another.');
    await tx.updateTable('roll_outs').set({ percent, changed_at: doer.now }).where('id', '=', id).execute();
    const detail = `${percent} % ${doer.by}`;
    await recordAudit(tx, { at: doer.now, accountId: doer.accountId, action: 'roll-out.changed', object: id, detail });
    await bumpStanding(tx);
  });
}

async function rollOutRow(tx: Store, id: string): Promise<RollOutsTable> {
  const row = await tx.selectFrom('roll_outs').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new PortcullisError('noSuchRollOut', 'There is no such roll-out.');
  return row;
}

async function setState(
  tx: Store,
  id: string,
  state: RollOutState,
  because: string | null,
  now: number,
): Promise<void> {
  await tx.updateTable('roll_outs').set({ state, because, changed_at: now }).where('id', '=', id).execute();
}

/** Too many failed. @returns whether it was running until now */
export async function pauseByItself(tx: StoreTransaction, id: string, because: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('roll_outs')
    .set({ state: 'paused', because, changed_at: now })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function forgive(tx: Store, id: string): Promise<void> {
  const most = await tx
    .selectFrom('roll_out_computers')
    .where('roll_out_id', '=', id)
    .where('state', '=', 'failed')
    .select((build) => build.fn.countAll<number>().as('failed'))
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('roll_outs')
    .set((build) => ({ most_failures: build('most_failures', '+', most.failed) }))
    .where('id', '=', id)
    .execute();
}

/** A roll-out with its release and how far it has come. */
export interface ListedRollOut {
  id: string;
  version: string;
  platform: string;
  arch: string;
  rollBack: boolean;
  state: RollOutState;
  groups: string[];
  percent: number;
  mostFailures: number;
  because: string | null;
  startedAt: number;
  startedBy: string;
  counts: Record<'offered' | 'updated' | 'failed' | 'unsupported', number>;
  /** Those that failed or cannot, the newest first. */
  troubles: { id: string; hostname: string; state: string; reason: string | null; at: number }[];
}

const troublesShown = 50;

/** Newest first. */
export async function listRollOuts(store: Store): Promise<ListedRollOut[]> {
  const rows = await store
    .selectFrom('roll_outs')
    .innerJoin('releases', 'releases.id', 'roll_outs.release_id')
    .selectAll('roll_outs')
    .select(['version', 'platform', 'arch', 'roll_back'])
    .orderBy('started_at', 'desc')
    .orderBy('roll_outs.id', 'desc')
    .limit(50)
    .execute();
  return Promise.all(rows.map(async (row) => ({ ...listed(row), ...(await progressOf(store, row.id)) })));
}

function listed(row: RollOutsTable & Pick<ReleasesTable, 'version' | 'platform' | 'arch' | 'roll_back'>) {
  return {
    id: row.id,
    version: row.version,
    platform: row.platform,
    arch: row.arch,
    rollBack: row.roll_back === 1,
    state: row.state,
    groups: JSON.parse(row.groups) as string[],
    percent: row.percent,
    mostFailures: row.most_failures,
    because: row.because,
    startedAt: row.started_at,
    startedBy: row.started_by,
  };
}

async function progressOf(store: Store, id: string): Promise<Pick<ListedRollOut, 'counts' | 'troubles'>> {
  const rows = await store
    .selectFrom('roll_out_computers')
    .innerJoin('computers', 'computers.no', 'roll_out_computers.computer_no')
    .where('roll_out_id', '=', id)
    .select(['computers.id', 'hostname', 'roll_out_computers.state', 'reason', 'at'])
    .orderBy('at', 'desc')
    .execute();
  const counts = { offered: 0, updated: 0, failed: 0, unsupported: 0 };
  for (const { state } of rows) counts[state] += 1;
  const troubles = rows.filter(({ state }) => state === 'failed' || state === 'unsupported').slice(0, troublesShown);
  return { counts, troubles };
}

/** Roll-outs that offer something to a system now. */
export function runningFor(store: Store, platform: string, arch: string) {
  return store
    .selectFrom('roll_outs')
    .innerJoin('releases', 'releases.id', 'roll_outs.release_id')
    .where('state', '=', 'running')
    .where('platform', '=', platform)
    .where('arch', '=', arch)
    .selectAll('roll_outs')
    .select(['version', 'roll_back', 'manifest', 'signature', 'sha256'])
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Whether a release has something for an agent of this version. Pure. */
export function isNews(release: { version: string; rollBack: boolean }, runs: string): boolean {
  const difference = compareVersions(release.version, runs);
  return difference > 0 || (difference < 0 && release.rollBack);
}
