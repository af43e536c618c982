import { londonDay } from '../calendar/working-days.ts';
import { absencesFrom } from '../register/absences.ts';
import type { Person } from '../register/people.ts';
import type { Store } from '../store/tables.ts';
import { dayInWords } from './words.ts';

/** Absences of somebody that are not over, for a page. */
export async function absenceRows(store: Store, person: Person, now: number) {
  const rows = await absencesFrom(store, londonDay(now));
  return rows
    .filter(({ personId }) => personId === person.id)
    .map(({ id, from, to }) => ({ id, from: dayInWords(from), to: dayInWords(to) }));
}
