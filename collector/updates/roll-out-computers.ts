import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { raiseAlerts } from '../alerting/alerts.ts';
import { faultFinding } from '../alerting/faults.ts';
import { ownComputer } from '../register/computers.ts';
import type { RollOutComputersTable } from '../store/self-care-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { pauseByItself } from './roll-outs.ts';

/** What an agent told of an update. */
export interface UpdateTold {
  version: string;
  state: 'updated' | 'failed';
  reason: string | null;
}

/** Pure. */
export function updatesIn(events: readonly PortcullisEvent[]): UpdateTold[] {
  return events.flatMap((event): UpdateTold[] => {
    if (event.kind === 'agent.updated') return [{ version: event.data.to, state: 'updated', reason: null }];
    if (event.kind !== 'agent.update-failed') return [];
    const { version, reason } = event.data;
    return [{ version, state: 'failed', reason }];
  });
}

/** A computer was offered it, or cannot take it. One that has come further stays where it is. */
export async function noteOffer(
  store: Store,
  row: Pick<RollOutComputersTable, 'roll_out_id' | 'computer_no' | 'reason' | 'at'> & {
    state: 'offered' | 'unsupported';
  },
): Promise<void> {
  await store
    .insertInto('roll_out_computers')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['roll_out_id', 'computer_no'])
        .doUpdateSet({ state: row.state, reason: row.reason, at: row.at })
        .where('roll_out_computers.state', 'in', ['offered', 'unsupported']),
    )
    .execute();
}

export interface TellParts {
  told: readonly UpdateTold[];
  monitoringClause: string;
  policyVersion: number;
  now: number;
}

/**
 * Writes down what became of updates on a computer, and pauses a roll-out of which more have failed than it bears: in the same
 * transaction, so that nobody is offered it after.
 * @returns ids of alerts that were raised
 */
export async function noteUpdates(tx: StoreTransaction, no: number, parts: TellParts): Promise<string[]> {
  const { told, now } = parts;
  const alertIds: string[] = [];
  for (const { version, state, reason } of told) {
    // An agent can speak of what it was offered only: the rest of its words are evidence and change nothing here.
    const offered = await tx
      .selectFrom('roll_out_computers as computer')
      .innerJoin('roll_outs', 'roll_outs.id', 'computer.roll_out_id')
      .innerJoin('releases', 'releases.id', 'roll_outs.release_id')
      .where('computer.computer_no', '=', no)
      .where('releases.version', '=', version)
      .select(['computer.roll_out_id as id', 'most_failures as bound'])
      .orderBy('roll_outs.started_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!offered) continue;
    await tx
      .updateTable('roll_out_computers')
      .set({ state, reason, at: now })
      .where('roll_out_id', '=', offered.id)
      .where('computer_no', '=', no)
      .execute();
    if (state === 'failed') alertIds.push(...(await pauseWhenTooMany(tx, offered, version, parts)));
  }
  return alertIds;
}

async function pauseWhenTooMany(
  tx: StoreTransaction,
  { id, bound }: { id: string; bound: number },
  version: string,
  { monitoringClause, policyVersion, now }: TellParts,
): Promise<string[]> {
  const { failed } = await tx
    .selectFrom('roll_out_computers')
    .where('roll_out_id', '=', id)
    .where('state', '=', 'failed')
    .select((build) => build.fn.countAll<number>().as('failed'))
    .executeTakeFirstOrThrow();
  if (failed <= bound) return [];
  const because = `Failed updates: ${failed}; it bears ${bound}.`;
  if (!(await pauseByItself(tx, id, because, now))) return [];
  const finding = { ...faultFinding('roll-out-paused', monitoringClause, now), device: { name: `Agent ${version}` } };
  const { no } = await ownComputer(tx, now);
  return raiseAlerts(tx, { computerNo: no, policyVersion, findings: [finding], now });
}
