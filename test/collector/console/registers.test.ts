import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coverageSentences } from '../../../collector/console/coverage-words.ts';
import { type ListSpec, listAddress, listView, readListQuery } from '../../../collector/console/list-query.ts';
import { weeklyTrend } from '../../../collector/console/trend.ts';
import { createToken, listTokens, redeemToken, revokeToken } from '../../../collector/gateway/tokens.ts';
import { detailsOf } from '../../../collector/register/asset-details.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { addAccount, monday, signInAs, type TestStore, testConsole, testStore } from './site.ts';

const formula = '=cmd|calc!A1';

describe('a list', () => {
  const spec: ListSpec<'name' | 'age'> = {
    path: '/things',
    usual: { column: 'name', direction: 'asc' },
    filters: [
      { name: 'search', label: 'Find' },
      { name: 'kind', label: 'Kind', options: [{ value: 'red', text: 'Red' }] },
    ],
    columns: [{ text: 'Name', sort: 'name' }, { text: 'Age', sort: 'age', first: 'desc' }, { text: 'More' }],
  };

  it.each([
    '/things',
    '/things?search=a+%26b&kind=red',
    '/things?sort=age&direction=desc',
    '/things?search=x&sort=age&direction=asc&page=3',
  ])('has one address for what it shows: %s', (address) => {
    const query = readListQuery(spec, Object.fromEntries(new URL(address, 'https://localhost').searchParams));
    expect(listAddress(spec, query)).toBe(address);
  });

  it('takes what makes no sense in an address as if it were not there', () => {
    const query = readListQuery(spec, { kind: 'blue', sort: 'password', page: '-1', search: ['a', 'b'] });
    expect(listAddress(spec, query)).toBe('/things');
  });

  it('turns the page within what there is, and keeps filter and order', () => {
    const query = readListQuery(spec, { kind: 'red', page: '2' });
    const { pages, tags, columns } = listView(spec, query, { total: 120, noun: 'thing' });
    expect(pages).toEqual({ now: 2, last: 3, previous: '/things?kind=red', next: '/things?kind=red&page=3' });
    expect(tags).toEqual([{ text: 'Kind: Red', href: '/things' }]);
    expect(columns[0]).toEqual({ text: 'Name', href: '/things?kind=red&sort=name&direction=desc', sort: 'ascending' });
  });
});

it('shows twelve weeks that end today, and no bar higher than the chart', () => {
  const today = Math.floor(monday / 86_400_000);
  const { weeks, bars, top, says, box } = weeklyTrend(
    'T',
    [
      { day: today, count: 7 },
      { day: today - 83, count: 12 },
    ],
    monday,
  );
  expect([weeks[0]?.count, weeks.at(-1)?.count, top]).toEqual([12, 7, 20]);
  expect(says).toBe('7 in the last 7 days, 0 in the 7 days before');
  expect(bars.every(({ y, height }) => y >= 0 && y + height === box.height)).toBe(true);
});

it('says of each kind of device whether it is seen and can be stopped, and why not', () => {
  const common = { how: 'By a rule.', limits: [] };
  const sentences = coverageSentences([
    { watcher: 'removable-media', area: 'phones and cameras', state: 'watching', ...common },
    {
      watcher: 'enforcement',
      area: 'phones and cameras',
      state: 'unsupported',
      ...common,
      how: 'There is no USB bus.',
    },
    { watcher: 'removable-media', area: 'usb', state: 'watching', ...common },
    { watcher: 'enforcement', area: 'usb devices', state: 'idle', ...common },
  ]);
  expect(sentences).toEqual([
    'Phones and cameras: seen, not blockable here, because: There is no USB bus.',
    'USB: seen, could be blocked, but the policy only reports.',
  ]);
});

describe('the register pages', () => {
  let made: TestStore;
  let app: FastifyInstance;
  beforeEach(async () => {
    made = await testStore();
    app = await testConsole(made.context);
  });
  afterEach(async () => {
    await app.close();
    await made[Symbol.asyncDispose]();
  });

  it('say what to do next while there is nothing', async () => {
    await addAccount(made.context);
    const visitor = await signInAs(app);
    for (const [url, words] of [
      ['/computers', 'No computers are enrolled yet.'],
      ['/media', 'No removable medium has been seen or issued yet.'],
      ['/software', 'No software has been reported yet.'],
      ['/network', 'No list has been imported yet.'],
    ] as const) {
      const { statusCode, body } = await visitor.get(url);
      expect([url, statusCode]).toEqual([url, 200]);
      expect(body).toContain(words);
    }
  });

  it('keep details, refuse what is too long, and save a file in which no formula runs', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'FOC-LT-014');
    const visitor = await signInAs(app);
    const form = {
      owner: formula,
      iao: '',
      location: '',
      assetTag: '',
      portable: '',
      disposal: 'in-use',
      disposalNote: '',
      notes: '',
    };
    expect((await visitor.post(`/computers/${computer.id}`, form)).statusCode).toBe(303);
    expect(await detailsOf(made.context.store, computer.no)).toMatchObject({ owner: formula });
    const file = await visitor.get('/computers/export');
    expect(file.headers['content-type']).toContain('text/csv');
    expect(file.body).toContain(`'${formula}`);
    expect(file.body).not.toMatch(/(^|,)"?=cmd/m);
    const refused = await visitor.post(`/computers/${computer.id}`, { ...form, disposal: 'burnt' });
    expect(refused.statusCode).toBe(422);
  });

  it('bring a list that was saved back in without changing anything', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'FOC-LT-014');
    const visitor = await signInAs(app);
    const form = {
      owner: formula,
      iao: '-1',
      location: '@home',
      assetTag: '',
      portable: 'no',
      disposal: 'lost',
      disposalNote: '',
      notes: 'a "quote", and\nmore',
    };
    await visitor.post(`/computers/${computer.id}`, form);
    const { body: text } = await visitor.get('/computers/export');
    const preview = await visitor.post('/computers/import', { text });
    expect(preview.body).toContain('0 computers would change, 1 stay as they are');
  });

  it('show one line for a device, with where it was and what is known of its serial number', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'FOC-LT-014');
    const device = {
      class: 'phone',
      bus: 'usb',
      vendor: 'Example',
      product: 'Phone',
      serialTrust: 'blank',
      interfaces: [],
      port: '1-2',
    } as const;
    await fillEvent(made.context, computer, 'media.attached', {
      device: { ...device, interfaces: [] },
      volumes: [],
      presentAtStart: false,
    });
    const visitor = await signInAs(app);
    const href = /href="(\/media\/[\w-]{22})"/.exec((await visitor.get('/media')).body)?.[1] ?? '';
    const { body } = await visitor.get(href);
    expect(body).toContain('None: it cannot be told from others of its kind');
    expect(body).toContain('FOC-LT-014');
    expect(body).not.toContain('Issue it to somebody');
  });

  it('never lead away from this console after a decision', async () => {
    await addAccount(made.context);
    const visitor = await signInAs(app);
    await visitor.post('/network/import', { text: 'name\nPRINT', source: 'Directory' });
    const { id } = await made.context.store.selectFrom('network_names').select('id').executeTakeFirstOrThrow();
    for (const back of [
      'https://elsewhere.example',
      '//elsewhere.example',
      '/\\elsewhere.example',
      '/network\r\nx: y',
    ]) {
      const { headers, statusCode } = await visitor.post(`/network/${id}`, { status: 'approved', note: '', back });
      expect([statusCode, headers.location]).toEqual([303, '/network']);
    }
  });
});

it('counts the uses of an enrolment token, and takes none that is revoked', async () => {
  await using made = await testStore();
  const { store, clock } = made.context;
  const token = await createToken(store, clock.now(), { uses: 2 });
  const redeem = (computerId: string) =>
    store.transaction().execute((tx) => redeemToken(tx, token, computerId, clock.now()));
  await redeem('one');
  await redeem('two');
  await expect(redeem('three')).rejects.toMatchObject({ code: 'tokenUsed' });
  const other = await createToken(store, clock.now(), { uses: 2 });
  const unused = (await listTokens(store)).find(({ uses }) => uses === 0);
  await store.transaction().execute((tx) => revokeToken(tx, unused?.id ?? '', clock.now()));
  const late = store.transaction().execute((tx) => redeemToken(tx, other, 'four', clock.now()));
  await expect(late).rejects.toMatchObject({ code: 'tokenRevoked' });
});
