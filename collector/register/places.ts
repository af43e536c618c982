import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { Store } from '../store/tables.ts';
import type { Doing } from './media.ts';

/** Where a computer belongs, as rules may ask: `computer: { site, groups }`. */
export type Place = NonNullable<Standing['computer']>;

const mostGroups = 256;

/**
 * Writes down where a computer belongs, and tells it. What is not given stays; an empty site or list is none.
 * @param reference id of the computer, or its host name where only one has it
 * @throws InvalidError. @throws PortcullisError `noSuchComputer`, `ambiguous`
 */
export async function placeComputer(
  store: Store,
  reference: string,
  given: Place,
  { by, now }: Doing,
): Promise<Place & { id: string; hostname: string }> {
  checkWords(given);
  return store.transaction().execute(async (tx) => {
    const { id, hostname } = await findComputer(tx, reference);
    const before = (await places(tx)).get(id);
    const { site = '', groups = [] } = { ...before, ...given };
    const row = { computer_id: id, site: site === '' ? null : site, groups: JSON.stringify([...new Set(groups)]) };
    await tx
      .insertInto('computer_places')
      .values(row)
      .onConflict((conflict) => conflict.column('computer_id').doUpdateSet(row))
      .execute();
    await recordAudit(tx, { at: now, accountId: null, action: 'computer.placed', object: id, detail: by });
    await bumpStanding(tx);
    return { id, hostname, ...placeOf(row) };
  });
}

function checkWords({ site, groups = [] }: Place): void {
  const words = [...(site === undefined ? [] : [site]), ...groups];
  if (words.some((word) => cleanText(word) !== word) || groups.includes('')) {
    throw new InvalidError('A name has blanks at its ends, characters that cannot be shown, or is too long or empty.');
  }
  if (groups.length > mostGroups) throw new InvalidError(`A computer is in ${mostGroups} groups at most.`);
}

async function findComputer(store: Store, reference: string): Promise<{ id: string; hostname: string }> {
  const [found, ...more] = await store
    .selectFrom('computers')
    .select(['id', 'hostname'])
    .where('state', '=', 'active')
    .where((build) => build.or([build('id', '=', reference), build('hostname', '=', reference)]))
    .execute();
  if (!found) throw new PortcullisError('noSuchComputer', 'No computer has this id or host name.');
  if (more.length > 0) {
    throw new PortcullisError('ambiguous', 'Several computers have this host name. Name one by its id.');
  }
  return found;
}

/** Of every computer that was put somewhere, by its id. */
export async function places(store: Store): Promise<Map<string, Place>> {
  const rows = await store.selectFrom('computer_places').selectAll().execute();
  return new Map(rows.map((row) => [row.computer_id, placeOf(row)]));
}

function placeOf({ site, groups }: { site: string | null; groups: string }): Place {
  // Written by this module alone.
  return { ...(site !== null && { site }), groups: JSON.parse(groups) as string[] };
}
