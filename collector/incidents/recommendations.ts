import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { IncidentRecommendationsTable } from '../store/incident-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { incidentRow } from './incident-row.ts';
import { isOpenToChange } from './life-cycle.ts';
import { type By, written } from './timeline.ts';

export interface RecommendationToMake {
  action: string;
  owner: string;
  /** `2026-12-24`. */
  dueOn: string;
}

/** @throws InvalidError for a part that is missing. @throws PortcullisError `incidentSettled` */
export async function recommend(
  tx: StoreTransaction,
  incidentId: string,
  given: RecommendationToMake,
  { accountId, now }: By,
): Promise<void> {
  const action = cleanText(given.action, 2000);
  const owner = cleanText(given.owner);
  if (action === '') throw new InvalidError('Say what is to be done.');
  if (owner === '') throw new InvalidError('Say whose it is to do.');
  if (Number.isNaN(Date.parse(given.dueOn)) || !/^\d{4}-\d{2}-\d{2}$/.test(given.dueOn)) {
    throw new InvalidError('Choose the day by which it is to be done.');
  }
  if (!isOpenToChange((await incidentRow(tx, incidentId)).state)) {
    throw new PortcullisError(
      'incidentSettled',
      'The report is with its approvers or approved. Have it returned first.',
    );
  }
  await tx
    .insertInto('incident_recommendations')
    .values({
      ...{ id: uuidv7(now), incident_id: incidentId, action, owner, due_on: given.dueOn, status: 'open', effect: null },
      ...{ made_at: now, changed_at: now, changed_by: accountId },
    })
    .execute();
  await written(tx, incidentId, 'incident.changed', {
    ...{ at: now, accountId, action: 'recommended', note: action, detail: 'recommendation' },
  });
}

export interface RecommendationChange {
  id: string;
  status: IncidentRecommendationsTable['status'];
  /** How it was found out whether it works; asked for when it is done or withdrawn. */
  effect: string;
}

/** Recommendations are followed until the incident is closed. @throws InvalidError. @throws PortcullisError */
export async function changeRecommendation(
  tx: StoreTransaction,
  incidentId: string,
  { id, status, effect }: RecommendationChange,
  { accountId, now }: By,
): Promise<void> {
  const { state } = await incidentRow(tx, incidentId);
  if (state === 'closed' || state === 'no-incident') {
    throw new PortcullisError('incidentSettled', 'The incident is closed. Reopen it first.');
  }
  const words = cleanText(effect, 2000);
  if (status !== 'open' && words === '') {
    throw new InvalidError('Write how it was found out that it works, or why it was withdrawn.');
  }
  const row = await tx
    .updateTable('incident_recommendations')
    .set({ status, effect: words === '' ? null : words, changed_at: now, changed_by: accountId })
    .where('id', '=', id)
    .where('incident_id', '=', incidentId)
    .returning('action')
    .executeTakeFirst();
  if (!row) throw new PortcullisError('noSuchRecommendation', 'There is no such recommendation.');
  await written(tx, incidentId, 'incident.changed', {
    ...{ at: now, accountId, action: 'recommendation-changed', detail: 'recommendation' },
    note: `${row.action}: ${status}. ${words}`.trim(),
  });
}

export function recommendationsOf(store: Store, incidentId: string): Promise<IncidentRecommendationsTable[]> {
  return store
    .selectFrom('incident_recommendations')
    .selectAll()
    .where('incident_id', '=', incidentId)
    .orderBy('due_on')
    .orderBy('id')
    .execute();
}
