import { afterEach, beforeEach, expect, it } from 'vitest';
import { newKeyPair, signer } from '#shared/identity.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { standingSource } from '../../../collector/policies/standing.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { titleId } from '../../../collector/register/software-seen.ts';
import { saveStanding, type TitleStanding } from '../../../collector/register/software-standing.ts';
import { type TestStore, testStore } from '../console/site.ts';

const undecided: TitleStanding = {
  ...{ standing: '', toleratedUntil: '', unsupportedSince: '', licence: '', seats: null, licenceEnds: '', note: '' },
};

let made: TestStore;
beforeEach(async () => {
  made = await testStore();
  for (const name of ['zoom', 'gimp', 'editor']) {
    const title = { id: titleId({ source: 'dpkg', name }), source: 'dpkg', name, publisher: null };
    await made.context.store
      .insertInto('software_titles')
      .values({ ...title, first_at: 0, first_computer_no: 0, installs: 1, unapproved: 0 })
      .execute();
  }
});
afterEach(() => made[Symbol.asyncDispose]());

async function decide(name: string, standing: Partial<TitleStanding>): Promise<void> {
  const { store, clock } = made.context;
  const changed = { accountId: null, now: clock.now() };
  const id = titleId({ source: 'dpkg', name });
  await store.transaction().execute((tx) => saveStanding(tx, id, { ...undecided, ...standing }, changed));
}

it('tells agents what was decided of titles, as a newer standing each time', async () => {
  const { store, clock } = made.context;
  const source = standingSource(store, signer(newKeyPair().privateKeyPem), clock);
  const told = async (): Promise<Standing> => JSON.parse((await source.of('C1')).text).standing;
  const before = await standingVersion(store);
  expect((await told()).software).toEqual([]);
  await decide('zoom', { standing: 'tolerated', toleratedUntil: '2026-12-31' });
  await decide('gimp', { unsupportedSince: '2026-06-30' });
  await decide('editor', { licence: 'Contract 7' });
  expect(await standingVersion(store)).toBe(before + 3);
  expect((await told()).software).toHaveLength(2);
  expect((await told()).software).toEqual(
    expect.arrayContaining([
      { source: 'dpkg', name: 'zoom', standing: 'tolerated', until: '2027-01-01T00:00:00.000Z' },
      { source: 'dpkg', name: 'gimp', unsupportedSince: '2026-06-29T23:00:00.000Z' },
    ]),
  );
  await decide('zoom', {});
  expect((await told()).software?.map(({ name }) => name)).toEqual(['gimp']);
});
