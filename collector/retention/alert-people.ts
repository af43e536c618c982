import { redactAlert } from '../alerting/alerts.ts';
import type { Store } from '../store/tables.ts';
import type { Removed } from './event-bodies.ts';
import type { Ends, Held } from './keeping.ts';

/**
 * Takes out of closed alerts, once the time of a violation is over, whom and which single device they were about, and the
 * notes people wrote. What is left counts in reports and leads to nobody.
 */
export async function redactAlerts(store: Store, { violation }: Ends, held: Held): Promise<Removed> {
  return store.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('alerts')
      .innerJoin('computers', 'computers.no', 'alerts.computer_no')
      .select(['alerts.id', 'alerts.state', 'alerts.person', 'computers.id as computer'])
      .where('alerts.opened_at', '<', violation)
      .where('alerts.group_key', 'not like', 'redacted:%')
      .execute();
    const isHeld = ({ id, state, person, computer }: (typeof due)[number]): boolean =>
      state !== 'closed' ||
      held.alerts.has(id) ||
      held.computers.has(computer) ||
      (person !== null && held.isHeldUser(person));
    const over = due.filter((alert) => !isHeld(alert));
    for (const { id } of over) await redactAlert(tx, id);
    return { removed: over.length, held: due.length - over.length };
  });
}
