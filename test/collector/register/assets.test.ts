import { beforeEach, describe, expect, it } from 'vitest';
import { InvalidError } from '#shared/errors.ts';
import { detailsOf, noDetails, saveDetails } from '../../../collector/register/asset-details.ts';
import { importAssets, previewAssets } from '../../../collector/register/asset-import.ts';
import { importNetworkList, listNetwork, readNetworkList } from '../../../collector/register/network-list.ts';
import { type FilledComputer, fillComputer } from '../console/filling.ts';
import { type TestStore, testStore } from '../console/site.ts';

const changed = { accountId: null, now: 1_800_000_000_000 };
let made: TestStore;
let laptop: FilledComputer;
beforeEach(async () => {
  made = await testStore();
  laptop = await fillComputer(made.context, 'FOC-LT-014');
  return () => made[Symbol.asyncDispose]();
});
const store = () => made.context.store;

describe('what people know about a computer', () => {
  it('is kept with an entry in the trail that names what changed, and not what it says', async () => {
    await store()
      .transaction()
      .execute((tx) => saveDetails(tx, laptop, { ...noDetails, owner: 'Amara', notes: 'One\r\ntwo' }, changed));
    expect(await detailsOf(store(), laptop.no)).toMatchObject({ owner: 'Amara', notes: 'One\ntwo' });
    const trail = await store().selectFrom('audit').select(['action', 'object', 'detail']).execute();
    expect(trail).toEqual([{ action: 'computer.changed', object: laptop.id, detail: 'owner, notes' }]);
  });

  it('leaves no entry when nothing is different', async () => {
    expect(
      await store()
        .transaction()
        .execute((tx) => saveDetails(tx, laptop, noDetails, changed)),
    ).toBe(false);
    expect(await store().selectFrom('audit').selectAll().execute()).toEqual([]);
  });
});

describe('an import of details', () => {
  it('shows what would change without changing it, and then does just that', async () => {
    const text = 'computer,owner,disposal\nfoc-lt-014,Amara,in-store\n';
    const preview = await previewAssets(store(), text);
    expect(preview.changes[0]?.fields).toEqual([
      { field: 'owner', from: '', to: 'Amara' },
      { field: 'disposal', from: 'in-use', to: 'in-store' },
    ]);
    expect(await detailsOf(store(), laptop.no)).toEqual(noDetails);
    expect(await importAssets(store(), text, changed)).toBe(1);
    expect(await detailsOf(store(), laptop.no)).toMatchObject({ owner: 'Amara', disposal: 'in-store' });
  });

  it('leaves columns alone that are not in the file, and passes over what agents say', async () => {
    await importAssets(store(), 'computer,owner,notes\nFOC-LT-014,Amara,Mind the hinge', changed);
    await importAssets(store(), 'computer,model,owner\nFOC-LT-014,Something else,Ben', changed);
    expect(await detailsOf(store(), laptop.no)).toMatchObject({ owner: 'Ben', notes: 'Mind the hinge' });
  });

  it.each([
    ['a computer nobody knows', 'computer,owner\nNOBODY,x', 'no computer is called "NOBODY"'],
    ['a computer twice', 'computer,owner\nFOC-LT-014,x\nfoc-lt-014,y', 'twice'],
    ['a word that is none', 'computer,disposal\nFOC-LT-014,burnt', 'disposal is one of'],
    ['an answer that is none', 'computer,portable\nFOC-LT-014,perhaps', 'portable is'],
  ])('changes nothing for %s, and says the line', async (_what, text, says) => {
    const { faults } = await previewAssets(store(), text);
    expect(faults.join()).toContain(says);
    expect(faults.join()).toMatch(/Line [23]:/);
    await expect(importAssets(store(), text, changed)).rejects.toThrow(InvalidError);
    expect(await detailsOf(store(), laptop.no)).toEqual(noDetails);
  });
});

describe('a list of the network', () => {
  it.each(['aa-bb-cc-dd-ee-ff', 'AABB.CCDD.EEFF', 'aa:bb:cc:dd:ee:ff'])('reads %s as one hardware address', (mac) => {
    expect(readNetworkList(`name,mac\nPC1,${mac}`)).toEqual([{ name: 'PC1', mac: 'aa:bb:cc:dd:ee:ff', address: null }]);
  });

  it('refuses a hardware address that is none, and says the line', () => {
    expect(() => readNetworkList('name,mac\nPC1,12')).toThrow('Line 2');
  });

  it('knows a computer with an agent by its name with or without a domain, and keeps what was decided', async () => {
    const first = await importNetworkList(
      store(),
      'name,address\nfoc-lt-014.example.org,192.0.2.1\nPRINT-2F,192.0.2.2',
      'Directory',
      changed,
    );
    expect(first).toEqual({ names: 2, added: 2 });
    const again = await importNetworkList(store(), 'name\nFOC-LT-014', 'DHCP', changed);
    expect(again).toEqual({ names: 1, added: 0 });
    const sorting = { column: 'name', direction: 'asc', page: 1, size: 50 } as const;
    const { rows } = await listNetwork(store(), {}, sorting);
    expect(rows.map((row) => [row.name, row.computer_id, row.status])).toEqual([
      ['FOC-LT-014', laptop.id, 'unknown'],
      ['PRINT-2F', null, 'unknown'],
    ]);
    expect((await listNetwork(store(), { status: 'unknown' }, sorting)).total).toBe(1);
    expect((await listNetwork(store(), { search: '192.0.2.2' }, sorting)).total).toBe(1);
  });
});
