import { hash } from 'node:crypto';
import type { CollectorContext } from '../context.ts';
import { currentPolicy } from '../policies/policies.ts';
import { ownComputer } from '../register/computers.ts';
import { raiseAlerts } from './alerts.ts';
import { type Fault, faultFinding } from './faults.ts';

/**
 * Raises an alert about the collector itself and tells open pages.
 * @param about what makes two of them different alerts, for example the id of an account
 */
export async function raiseOwnAlert(
  { store, clock, changes }: Pick<CollectorContext, 'store' | 'clock' | 'changes'>,
  fault: Fault,
  about: string,
): Promise<void> {
  const now = clock.now();
  const published = await currentPolicy(store);
  const finding = faultFinding(fault, published?.policy.monitoringClause ?? '', now);
  const { id, alertIds } = await store.transaction().execute(async (tx) => {
    const { no, id } = await ownComputer(tx, now);
    const findings = [{ ...finding, group: hash('sha256', `${fault} ${about}`) }];
    const raise = { computerNo: no, policyVersion: published?.version ?? 0, findings, now };
    return { id, alertIds: await raiseAlerts(tx, raise) };
  });
  changes.publish({ computerId: id, events: [], alertIds });
}
