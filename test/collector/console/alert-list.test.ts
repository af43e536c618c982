import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { severities } from '#shared/policy/schema.ts';
import type { AlertsWithin } from '../../../collector/alerting/alert-filter.ts';
import { listAlerts } from '../../../collector/alerting/alert-list.ts';
import { type AlertOrder, type Place, sortColumns } from '../../../collector/alerting/alert-places.ts';
import { setAlertState } from '../../../collector/alerting/alerts.ts';
import { alertStates, alertsAddress, readAlertQuery } from '../../../collector/console/alert-query.ts';
import { type FilledComputer, fillAlert, fillComputer } from './filling.ts';
import { addAccount, signInAs, type TestStore, testConsole, testStore, type Visitor } from './site.ts';

const hour = 3_600_000;
const device = { key: 'usb:0781:5581:serial:4C530001230923117331', name: 'SanDisk Ultra …7331' };
const within: AlertsWithin = { organisation: 'Example Care', scope: { organisations: 'all', teams: 'all' } };
const notClosed = ['open', 'acknowledged'] as const;
const orders = sortColumns.flatMap((column) => (['asc', 'desc'] as const).map((direction) => ({ column, direction })));
let made: TestStore;
let app: FastifyInstance;
let visitor: Visitor;
let account: string;
let laptop: FilledComputer;
let desk: FilledComputer;

beforeEach(async () => {
  made = await testStore();
  app = await testConsole(made.context);
  account = await addAccount(made.context);
  visitor = await signInAs(app);
  laptop = await fillComputer(made.context, 'FOC-LT-014');
  desk = await fillComputer(made.context, 'FOC_PC%31');
});
afterEach(async () => {
  await app.close();
  await made[Symbol.asyncDispose]();
});

const titles = (body: string) =>
  [...body.matchAll(/class="nhsuk-link app-alert" href="[^"]+">([^<]+)</g)].map((match) => match[1]);
const listed = async (address: string) => titles((await visitor.get(address)).body);
const step = (alertId: string, action: 'acknowledged' | 'closed') =>
  setAlertState(made.context.store, { alertId, accountId: account, action, note: 'x', outcome: 'mistake', at: 1 });

describe('the alert list', () => {
  it('says so when there is nothing, and where to look next', async () => {
    const { statusCode, body } = await visitor.get('/alerts');
    expect(statusCode).toBe(200);
    expect(body).toContain('There are no open alerts.');
    expect((await visitor.get('/alerts?severity=high')).body).toContain('No alerts fit these filters.');
  });

  it('shows what an analyst sorts by: severity in words, computer, clause, repeats, local time', async () => {
    const at = Date.parse('2026-07-01T11:05:00.000Z');
    await fillAlert(made.context, laptop, { title: 'Twice', severity: 'high', at, seqs: [null, null] });
    const { body } = await visitor.get('/alerts');
    expect(body).toMatch(/nhsuk-tag--orange">\s*High\s*</);
    expect(body).toContain('FOC-LT-014');
    expect(body).toContain('focus 3.2');
    expect(body).toMatch(/Times <\/span><span>2</);
    expect(body).toContain('<time datetime="2026-07-01T11:05:00.000Z">1 July 2026, 12:05pm</time>');
  });

  it('shows open and acknowledged alerts, and closed ones when asked', async () => {
    await fillAlert(made.context, laptop, { title: 'Open one' });
    await step(await fillAlert(made.context, laptop, { title: 'Seen one' }), 'acknowledged');
    await step(await fillAlert(made.context, laptop, { title: 'Closed one' }), 'closed');
    expect((await listed('/alerts')).sort()).toEqual(['Open one', 'Seen one']);
    expect(await listed('/alerts?state=closed')).toEqual(['Closed one']);
    expect(await listed('/alerts?state=closed&state=open&state=acknowledged')).toHaveLength(3);
  });

  it.each([
    ['severity=high', ['Laptop high']],
    ['severity=high&severity=low', ['Desk low', 'Laptop high']],
    ['severity=nonsense', ['Desk low', 'Laptop high', 'Old']],
    ['computer=lt-0', ['Laptop high', 'Old']],
    ['computer=%25', ['Desk low']],
    ['computer=_PC', ['Desk low']],
    ['rule=special', ['Desk low']],
    ['clause=focus+4.4', ['Desk low']],
    ['person=jordan', []],
    ['device=ultra', ['Laptop high']],
    ['device=7331', ['Laptop high']],
    ['deviceKey=usb%3A0781%3A5581%3Aserial%3A4C530001230923117331', ['Laptop high']],
    ['assigned=nobody', ['Desk low', 'Laptop high', 'Old']],
    ['assigned=me', []],
    ['period=24h', ['Desk low', 'Laptop high']],
    ['from=2026-11-23', ['Desk low', 'Laptop high']],
    ['to=2026-11-22', ['Old']],
    ['from=2026-11-01&to=2026-11-20', ['Old']],
    ['from=not-a-day&computer=', ['Desk low', 'Laptop high', 'Old']],
    ['severity=high&computer=PC', []],
  ])('can be narrowed by %s', async (query, expected) => {
    const now = made.context.clock.now();
    await fillAlert(made.context, laptop, { title: 'Laptop high', severity: 'high', at: now - hour, device });
    await fillAlert(made.context, desk, {
      title: 'Desk low',
      severity: 'low',
      at: now - 2 * hour,
      ruleId: 'special',
      clause: 'focus 4.4',
      person: 'jordan.example',
    });
    await fillAlert(made.context, laptop, { title: 'Old', severity: 'info', at: now - 100 * hour });
    expect((await listed(`/alerts?${query}`)).sort()).toEqual(expected);
  });

  it('shows each filter in use with a link to the list without it', async () => {
    await fillAlert(made.context, laptop, { title: 'One', severity: 'high' });
    const { body } = await visitor.get(`/alerts?severity=high&computerId=${laptop.id}&period=7d`);
    const tags = [
      ...body.matchAll(/class="app-tags__remove" href="([^"]+)"><span[^>]*>Remove filter <\/span>([^<]+)/g),
    ];
    expect(tags.map(([, href, text]) => [text, href?.replaceAll('&amp;', '&')])).toEqual([
      ['Severity: High', `/alerts?computerId=${laptop.id}&period=7d`],
      ['Computer: FOC-LT-014', '/alerts?severity=high&period=7d'],
      ['Last 7 days', `/alerts?severity=high&computerId=${laptop.id}`],
    ]);
  });

  it('says in its head how it is sorted', async () => {
    await fillAlert(made.context, laptop, { title: 'A', severity: 'low' });
    await fillAlert(made.context, laptop, { title: 'B', severity: 'critical' });
    const { body } = await visitor.get('/alerts?sort=severity_rank&direction=desc');
    expect(titles(body)).toEqual(['B', 'A']);
    expect(body).toMatch(/aria-sort="descending"><a class="app-sort" href="[^"]*direction=asc">Severity/);
    expect(body.match(/aria-sort/g)).toHaveLength(1);
  });

  it.each(orders)('walks forwards and back through pages by $column $direction, each alert once', async (order) => {
    for (let made10 = 0; made10 < 23; made10 += 1) {
      const severity = severities[made10 % 5] ?? 'low';
      await fillAlert(made.context, made10 % 2 ? laptop : desk, {
        title: `T${made10 % 4}`,
        severity,
        at: made10 % 7,
      });
    }
    const forwards = await walk(order);
    expect(forwards.map((page) => page.length)).toEqual([10, 10, 3]);
    expect(new Set(forwards.flat()).size).toBe(23);
    const back = await walk(order, forwards.flat().at(-1));
    expect(back.flat().sort()).toEqual(forwards.flat().slice(0, -1).sort());
  });

  it.each(orders.flatMap((order) => [undefined, notClosed].map((states) => ({ ...order, states }))))(
    'walks through pages of groups by $column $direction, each group once, of $states',
    async ({ states, ...order }) => {
      for (let filled = 0; filled < 24; filled += 1) {
        const group = `g${filled % 11}`;
        await fillAlert(made.context, filled % 2 ? laptop : desk, { title: `T${filled % 3}`, at: filled % 5, group });
      }
      const filter = { within, ...(states && { states }) };
      const seen: string[] = [];
      let place: Place | undefined;
      do {
        const wanted = { size: 4, grouped: true, ...(place && { place }) };
        const page = await listAlerts(made.context.store, filter, order, wanted);
        expect(page.total).toEqual({ alerts: 22, groups: 11 });
        seen.push(...page.rows.map((row) => row.same_key));
        place = page.next;
      } while (place);
      expect([seen.length, new Set(seen).size]).toEqual([11, 11]);
    },
  );

  it.each([
    { column: 'last_at', direction: 'desc' },
    { column: 'hostname', direction: 'asc' },
  ] as const)('has the same first groups by $column, whether they are walked to or all made', async (order) => {
    const computers = [laptop, desk];
    for (let more = 0; more < 12; more += 1) computers.push(await fillComputer(made.context, `PC-${(more * 5) % 12}`));
    // The group that comes first has more alerts than a short walk meets, and several groups stand at one time.
    for (const [number, computer] of computers.entries()) {
      await fillAlert(made.context, computer, { title: 'everywhere', at: 100 - number, group: 'everywhere' });
      for (let more = 0; more < 3; more += 1)
        await fillAlert(made.context, computer, { title: 'T', at: more, group: `g${(number + more * 4) % 11}` });
    }
    const { store } = made.context;
    for (const size of [1, 2, 3, 5, 9, 40]) {
      const walked = await listAlerts(store, { within, states: notClosed }, order, { size, grouped: true });
      const sorted = await listAlerts(store, { within }, order, { size, grouped: true });
      expect(walked).toEqual(sorted);
    }
  });

  it('does not show an alert twice or skip one when new ones arrive between two pages', async () => {
    for (let alert = 0; alert < 20; alert += 1)
      await fillAlert(made.context, laptop, { title: `T${alert}`, at: alert });
    const order: AlertOrder = { column: 'last_at', direction: 'desc' };
    const first = await listAlerts(made.context.store, { within }, order, { size: 10 });
    for (let alert = 0; alert < 5; alert += 1) await fillAlert(made.context, laptop, { title: 'new', at: 1000 });
    const place = first.next;
    const second = await listAlerts(made.context.store, { within }, order, { size: 10, ...(place ? { place } : {}) });
    expect([...first.rows, ...second.rows].map((row) => row.title)).toEqual(
      Array.from({ length: 20 }, (_, alert) => `T${19 - alert}`),
    );
    expect(second.previous).toBeDefined();
    expect(second.next).toBeUndefined();
  });

  it('takes any address without failing', async () => {
    await fillAlert(made.context, laptop, { title: 'One' });
    const places = ['x', 'bnVsbA', Buffer.from('["after",{},"x"]').toString('base64url')];
    for (const query of [
      ...places.map((place) => `place=${place}`),
      'severity[]=high',
      'sort=constructor',
      'state=%00',
      '__proto__=1',
    ]) {
      expect((await visitor.get(`/alerts?${query}`)).statusCode).toBe(200);
    }
  });
});

async function walk(order: AlertOrder, backFrom?: string): Promise<string[][]> {
  const { store } = made.context;
  const pages: string[][] = [];
  let place: Place | undefined;
  if (backFrom !== undefined) {
    const all = await listAlerts(store, { within }, order, { size: 200 });
    const row = all.rows.find((one) => one.id === backFrom);
    if (row) place = { side: 'before', value: row[order.column], id: row.id };
  }
  do {
    const page = await listAlerts(store, { within }, order, { size: 10, ...(place ? { place } : {}) });
    pages.push(page.rows.map((row) => row.id));
    place = backFrom === undefined ? page.next : page.previous;
  } while (place && pages.length < 10);
  return pages;
}

describe('the address of a list', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.trim());
  const query = fc.record({
    severities: fc.subarray([...severities]),
    states: fc.subarray([...alertStates], { minLength: 1 }),
    computer: words,
    computerId: words,
    rule: words,
    clause: words,
    person: words,
    device: words,
    deviceKey: words,
    assigned: words,
    same: words,
    rows: fc.constantFrom('' as const, 'each' as const),
    period: fc.constantFrom('' as const, '24h' as const, '7d' as const),
    from: fc.constantFrom('', '2026-11-21'),
    to: fc.constantFrom('', '2026-03-29'),
    order: fc.record({
      column: fc.constantFrom(...sortColumns),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
    }),
  });

  it('is read back as what it was made of', () => {
    fc.assert(
      fc.property(query, (made) => {
        const parameters = new URL(alertsAddress(made), 'https://console.test').searchParams;
        const read: Record<string, string | string[]> = {};
        for (const name of new Set(parameters.keys())) {
          const all = parameters.getAll(name);
          read[name] = all.length === 1 ? `${all[0]}` : all;
        }
        expect(readAlertQuery(read)).toEqual(made);
      }),
    );
  });
});
