import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { incidentRow } from './incident-row.ts';
import { holdsNhsNumber } from './personal-data.ts';
import { type Actor, mayDecide } from './rights.ts';
import { written } from './timeline.ts';

/** Who may have to be told of an incident. */
export const bodies = {
  ico: 'The ICO',
  dspt: 'NHS England, through the DSPT',
  nis: 'The NIS authority',
  police: 'The police',
  insurer: 'The insurer',
  'data-subjects': 'The people concerned',
} as const;
export type Body = keyof typeof bodies;

export function isBody(word: string): word is Body {
  return Object.hasOwn(bodies, word);
}

export interface Decision {
  body: Body;
  told: boolean;
  reason: string;
  /** Number the body gave, or what was sent. */
  reference: string;
}

/**
 * Writes down whether somebody is told, and why. What was decided before stays.
 * @throws PortcullisError `notDecider`, `stepNotPossible`. @throws InvalidError without a reason
 */
export async function decide(
  tx: StoreTransaction,
  incidentId: string,
  { body, told, reason, reference }: Decision,
  by: Actor & { now: number },
): Promise<void> {
  const incident = await incidentRow(tx, incidentId);
  if (!mayDecide(by, incident))
    throw new PortcullisError('notDecider', 'The policy leaves this decision to somebody else.');
  if (incident.state === 'no-incident') {
    throw new PortcullisError('stepNotPossible', 'It was decided that this is no incident.');
  }
  const words = cleanText(reason, 2000);
  if (words === '') throw new InvalidError('Write down why. An incident that is not reported needs a reason as well.');
  if (holdsNhsNumber(words) || holdsNhsNumber(reference)) {
    throw new InvalidError('This holds what can be an NHS number. Leave identifiers of people out of it.');
  }
  const { accountId, now } = by;
  await tx
    .insertInto('incident_decisions')
    .values({
      ...{ id: uuidv7(now), incident_id: incidentId, body, told: told ? 1 : 0, reason: words },
      ...{ reference: cleanText(reference) || null, at: now, account_id: accountId },
    })
    .execute();
  await written(tx, incidentId, 'incident.decided', {
    ...{ at: now, accountId, action: 'decided', detail: `${body}: ${told ? 'told' : 'not told'}` },
    note: `${bodies[body]}: ${told ? 'told' : 'not told'}. ${words}`,
  });
}

/** Oldest first. */
export async function decisionsOf(store: Store, incidentId: string) {
  return store
    .selectFrom('incident_decisions')
    .innerJoin('accounts', 'accounts.id', 'incident_decisions.account_id')
    .selectAll('incident_decisions')
    .select(['accounts.display_name as who', 'accounts.role'])
    .where('incident_id', '=', incidentId)
    .orderBy('at')
    .orderBy('incident_decisions.id')
    .execute();
}
