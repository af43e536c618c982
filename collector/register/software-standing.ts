import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { InvalidError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import type { TitleStanding as ToldStanding } from '#shared/policy/standing.ts';
import { checker, exactObject, oneOf, Text } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import type { Changed } from './asset-details.ts';
import { readMoment } from './moment.ts';

export const standings = ['approved', 'tolerated', 'disallowed'] as const;
const Day = Type.String({ pattern: '^(\\d{4}-\\d{2}-\\d{2})?$' });

/** What was decided about a title (focus 4.3), and the licence held for it. Empty text is nothing. */
export const TitleStanding = exactObject({
  standing: oneOf(['', ...standings]),
  /** Day until the end of which it is tolerated. */
  toleratedUntil: Day,
  unsupportedSince: Day,
  /** Name or number of the agreement. */
  licence: Text,
  seats: Type.Union([Type.Null(), Type.Integer({ minimum: 0, maximum: 1_000_000 })]),
  licenceEnds: Day,
  note: Text,
});
export type TitleStanding = Type.Static<typeof TitleStanding>;

const checked = checker(TitleStanding);

/** Agents hear of it at once. @throws InvalidError for a fact that does not fit, or a tolerance without an end */
export async function saveStanding(
  tx: StoreTransaction,
  titleId: string,
  given: TitleStanding,
  { accountId, now }: Changed,
): Promise<void> {
  const wanted = checked.parse(given, 'What is decided about the title');
  if ((wanted.standing === 'tolerated') !== (wanted.toleratedUntil !== '')) {
    throw new InvalidError('A title that is tolerated needs the day until which it is, and only such a one.');
  }
  const orNull = (text: string) => (text === '' ? null : cleanText(text));
  const row = {
    title_id: titleId,
    standing: wanted.standing === '' ? null : wanted.standing,
    tolerated_until: wanted.toleratedUntil === '' ? null : readMoment(wanted.toleratedUntil, 'end'),
    unsupported_since: orNull(wanted.unsupportedSince),
    licence: orNull(wanted.licence),
    seats: wanted.seats,
    licence_ends: orNull(wanted.licenceEnds),
    note: orNull(wanted.note),
    changed_at: now,
    changed_by: accountId,
  };
  await tx
    .insertInto('software_standings')
    .values(row)
    .onConflict((conflict) => conflict.column('title_id').doUpdateSet(row))
    .execute();
  const detail = wanted.standing || 'no decision';
  await recordAudit(tx, { at: now, accountId, action: 'software.changed', object: titleId, detail });
  await bumpStanding(tx);
}

/** What agents are told: every title of which something was decided that bears on whether it may be installed. */
export async function titleStandings(store: Store): Promise<ToldStanding[]> {
  const rows = await store
    .selectFrom('software_standings')
    .innerJoin('software_titles', 'software_titles.id', 'software_standings.title_id')
    .where((build) => build.or([build('standing', 'is not', null), build('unsupported_since', 'is not', null)]))
    .select(['source', 'name', 'standing', 'tolerated_until', 'unsupported_since'])
    .orderBy('title_id')
    .execute();
  return rows.map(({ source, name, standing, tolerated_until, unsupported_since }) => ({
    // Events were checked before they came into the register.
    source: source as Software['source'],
    name,
    ...(standing !== null && { standing }),
    ...(tolerated_until !== null && { until: isoTime(tolerated_until) }),
    ...(unsupported_since !== null && { unsupportedSince: isoTime(readMoment(unsupported_since, 'start')) }),
  }));
}
