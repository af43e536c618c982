import { InvalidError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Store } from '../store/tables.ts';

/** Days on which somebody is away, both included: `2026-12-24`. Why is nobody's business here and is not kept. */
export interface Absence {
  id: string;
  personId: string;
  from: string;
  to: string;
}

/** Absences that are not over on a day, the next first. */
export async function absencesFrom(store: Store, day: string): Promise<Absence[]> {
  const rows = await store
    .selectFrom('absences')
    .selectAll()
    .where('to_on', '>=', day)
    .orderBy('from_on')
    .orderBy('id')
    .execute();
  return rows.map(({ id, person_id, from_on, to_on }) => ({ id, personId: person_id, from: from_on, to: to_on }));
}

const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const longest = 400 * 86_400_000;

/** @throws InvalidError for days that are none, are in the wrong order, or are more than 400 days apart */
export async function addAbsence(
  store: Store,
  { personId, from, to }: Omit<Absence, 'id'>,
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  const [start, end] = [from, to].map((day) => (dayPattern.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN));
  if (start === undefined || end === undefined || Number.isNaN(start + end)) {
    throw new InvalidError('Give both days, for example 2026-12-24 and 2027-01-02.');
  }
  if (end < start) throw new InvalidError('The last day away comes before the first.');
  if (end - start > longest) throw new InvalidError('An absence has no more than 400 days. Is the year right?');
  await store.transaction().execute(async (tx) => {
    await tx
      .insertInto('absences')
      .values({ id: uuidv7(now), person_id: personId, from_on: from, to_on: to })
      .execute();
    await recordAudit(tx, {
      at: now,
      accountId,
      action: 'person.absence',
      object: personId,
      detail: `${from} to ${to}`,
    });
  });
}

/** Takes one away; one that is not there is no error, since somebody else may have done it. */
export async function removeAbsence(
  store: Store,
  { personId, id }: { personId: string; id: string },
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await tx.deleteFrom('absences').where('id', '=', id).where('person_id', '=', personId).execute();
    await recordAudit(tx, { at: now, accountId, action: 'person.absence', object: personId, detail: 'taken back' });
  });
}
