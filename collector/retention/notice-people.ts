import { redactNotice } from '../notices/notices.ts';
import { dropTexts } from '../notices/outbox.ts';
import type { Store } from '../store/tables.ts';
import type { Removed } from './event-bodies.ts';
import type { Ends, Held } from './keeping.ts';

/**
 * Takes out of notices, once the time of a violation is over, whom they were about, what people wrote and the mails as
 * sent. A notice that waits for its answer, belongs to an alert on hold, or is about somebody on hold stays as it is.
 */
export async function redactNotices(store: Store, { violation }: Ends, held: Held): Promise<Removed> {
  return store.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('notices')
      .innerJoin('computers', 'computers.no', 'notices.computer_no')
      .select(['notices.id', 'notices.state', 'notices.tell', 'notices.person', 'computers.id as computer'])
      .where('notices.opened_at', '<', violation)
      .where('notices.same_key', 'not like', 'redacted:%')
      .execute();
    const heldAlerts = await tx
      .selectFrom('notice_alerts')
      .select('notice_id')
      .where('alert_id', 'in', [...held.alerts, ''])
      .execute();
    const onHold = new Set(heldAlerts.map(({ notice_id }) => notice_id));
    const isHeld = ({ id, state, tell, person, computer }: (typeof due)[number]): boolean =>
      (tell === 'now' && state === 'open') ||
      onHold.has(id) ||
      held.computers.has(computer) ||
      (person !== null && held.isHeldUser(person));
    const kept = due.filter(isHeld).map(({ id }) => id);
    const over = due.filter((notice) => !isHeld(notice));
    for (const { id } of over) await redactNotice(tx, id);
    const texts = await dropTexts(tx, violation, kept);
    return { removed: over.length + texts, held: kept.length };
  });
}
