import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { type EventData, type EventKind, kindDefinition, kindNames } from '#shared/events/kinds.ts';
import { longestText } from '#shared/text.ts';
import { createAccount } from '../../../collector/accounts/passwords.ts';
import { fillAlert, fillComputer, fillEvent, reportFacts, reportStatus } from './filling.ts';
import { inventedMonday } from './invented.ts';
import { addAccount, password, signInAs, type TestStore, testConsole, testStore } from './site.ts';

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

describe('every page', () => {
  it('opens with an empty store', async () => {
    await addAccount(made.context);
    const visitor = await signInAs(app);
    for (const url of ['/', '/alerts', '/computers', '/computers?search=x', '/about-monitoring', '/change-password']) {
      const { statusCode, body } = await visitor.get(url);
      expect([url, statusCode]).toEqual([url, 200]);
      expect(body).toContain('– Portcullis device control</title>');
    }
  });

  it('is kept by no cache, framed by no site, and may load only from here', async () => {
    const id = await addAccount(made.context);
    const { media, laptop } = await inventedMonday(made.context, id);
    const visitor = await signInAs(app);
    for (const url of [
      '/',
      `/alerts/${media}`,
      '/computers',
      `/computers/${laptop.id}`,
      '/about-monitoring',
      '/none',
      '/sign-in',
    ]) {
      const { headers } = await visitor.get(url);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';style-src 'self';script-src 'self';img-src 'self';connect-src 'self';form-action 'self';frame-ancestors 'none';base-uri 'none'",
      );
    }
  });

  it('holds no script, style or address of its own that the policy would stop', async () => {
    const id = await addAccount(made.context);
    const { media, laptop } = await inventedMonday(made.context, id);
    const visitor = await signInAs(app);
    for (const url of [
      '/',
      `/alerts/${media}`,
      '/computers',
      `/computers/${laptop.id}`,
      '/about-monitoring',
      '/none',
    ]) {
      const { body } = await visitor.get(url);
      expect(body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
      expect(body.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    }
  });

  it('that is missing says so, with a reference', async () => {
    await addAccount(made.context);
    const visitor = await signInAs(app);
    for (const url of ['/nothing', '/alerts/none', '/computers/none', '/assets/x/y.css']) {
      const { statusCode, body } = await visitor.get(url);
      expect(statusCode).toBe(404);
      expect(body).toMatch(/Page not found[\s\S]*<code>[0-9a-f-]{36}<\/code>/);
    }
  });

  it('that fails says nothing of why, but gives the reference that is in the log', async () => {
    const lines: string[] = [];
    const { pino } = await import('pino');
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const broken = await testConsole({ ...made.context, log });
    await addAccount(made.context);
    const visitor = await signInAs(broken);
    await made.context.store.schema.alterTable('alerts').renameTo('hidden_place').execute();
    const { statusCode, body } = await visitor.get('/alerts');
    await broken.close();
    expect(statusCode).toBe(500);
    expect(body).not.toMatch(/Sqlite|no such table|node_modules/);
    const reference = /<code>([0-9a-f-]{36})<\/code>/.exec(body)?.[1];
    expect(lines.map((line) => (JSON.parse(line) as { reference: string }).reference)).toEqual([reference]);
  });
});

/** What a device, a file name or a package may call itself. */
const hostile = `"><script>alert(1)</script>{{7*7}}{% raw %}'\`&<img src=x onerror=alert(1)>`;

/** The same data with every free text made hostile. */
function poisoned<T>(value: T): T {
  if (typeof value === 'string') return (/^[\d-]+T|^[0-9a-f:]+$|^[a-z0-9-]+$/.test(value) ? value : hostile) as T;
  if (Array.isArray(value)) return value.map(poisoned) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poisoned(inner)])) as T;
}

function expectHarmless(body: string): void {
  expect(body).not.toContain('<script>alert');
  expect(body).not.toContain('<img');
  expect(body).not.toMatch(/="[^"]*"><script/);
  expect(body).not.toContain('49&#39;');
}

describe('hostile text', () => {
  it.each(kindNames)('in every field of %s is shown as text', async (kind: EventKind) => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, hostile);
    const data = poisoned(kindDefinition(kind).example) as EventData<typeof kind>;
    const decision = {
      rights: { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' },
      tier: 'class-default',
      ruleId: hostile,
      clause: hostile,
      mode: 'report',
      policyVersion: 1,
      trace: [{ tier: 'rule', ruleId: hostile, result: 'not-matched', because: hostile }],
    } as const;
    const more = {
      actor: { user: hostile, process: hostile },
      decision: { ...decision, trace: [...decision.trace] },
      outcome: { state: 'failed' as const, mechanism: hostile, because: hostile },
    };
    const seq = await fillEvent(made.context, computer, kind, data, more);
    const alert = await fillAlert(made.context, computer, {
      title: hostile,
      clause: hostile,
      ruleId: hostile,
      kind,
      seqs: [seq],
    });
    const visitor = await signInAs(app);
    for (const url of [
      '/alerts',
      `/alerts/${alert}`,
      '/computers',
      `/computers/${computer.id}`,
      `/alerts?rule=${encodeURIComponent(hostile)}&computer=${encodeURIComponent(hostile)}`,
    ]) {
      const { statusCode, body } = await visitor.get(url);
      expect([url, statusCode]).toEqual([url, 200]);
      expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{% raw %}');
      expectHarmless(body);
    }
    for (const url of ['/', '/media', '/software', `/computers/${computer.id}/software`, '/health']) {
      const { statusCode, body } = await visitor.get(url);
      expect([url, statusCode]).toEqual([url, 200]);
      expectHarmless(body);
    }
  });

  it('in what computers say of themselves is shown as text', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'PC');
    const coverage = [
      { watcher: 'software' as const, area: hostile, state: 'failed' as const, how: hostile, limits: [hostile] },
    ];
    const inventory = {
      hostname: hostile,
      manufacturer: hostile,
      model: hostile,
      osName: hostile,
      osVersion: hostile,
      disks: [{ model: hostile, type: hostile }],
    };
    await reportFacts(made.context, computer, { coverage, inventory, os: hostile, version: hostile });
    const visitor = await signInAs(app);
    for (const url of ['/computers', `/computers/${computer.id}`]) expectHarmless((await visitor.get(url)).body);
  });

  it('in what people write and are called is shown as text', async () => {
    const account = {
      username: 'pat',
      displayName: hostile,
      role: 'ict-analyst' as const,
      password,
      mustChangePassword: false,
    };
    await createAccount(made.context, account);
    const alert = await fillAlert(made.context, await fillComputer(made.context, 'PC'), { title: 'T' });
    const visitor = await signInAs(app);
    await visitor.post(`/alerts/${alert}`, { action: 'noted', note: hostile });
    await visitor.post(`/alerts/${alert}`, { action: 'closed', note: hostile, outcome: hostile });
    const pages = [
      await visitor.get(`/alerts/${alert}`),
      await visitor.post(`/alerts/${alert}`, { action: 'closed', note: hostile }),
    ];
    for (const { body } of pages) {
      expect(body).toContain('&lt;script&gt;alert(1)');
      expectHarmless(body);
    }
  });

  it('of the greatest length is shown whole', async () => {
    await addAccount(made.context);
    const title = 'W'.repeat(longestText);
    const alert = await fillAlert(made.context, await fillComputer(made.context, title), { title });
    const visitor = await signInAs(app);
    expect((await visitor.get(`/alerts/${alert}`)).body).toContain(title);
  });
});

describe('an alert page', () => {
  const stick: DeviceFacts = {
    class: 'usb-storage',
    bus: 'usb',
    vendor: 'SanDisk',
    product: 'Ultra',
    serial: '4C530001230923117331',
    serialTrust: 'device',
    interfaces: [],
  };

  it('tells in plain words what happened, of the serial number only the end', async () => {
    const id = await addAccount(made.context);
    const { media } = await inventedMonday(made.context, id);
    const { body } = await (await signInAs(app)).get(`/alerts/${media}`);
    for (const words of [
      'SanDisk',
      'Ultra',
      'ends in 7331',
      'Not encrypted',
      '/media/jordan/BACKUP',
      'jordan.example',
      'Denied',
      'Why?',
      'Not possible on this computer',
      'Rang reception.',
    ]) {
      expect(body).toContain(words);
    }
    expect(body).not.toContain('4C530001230923117331');
  });

  it('quotes the clause as the policy in force then worded it', async () => {
    const id = await addAccount(made.context);
    const { media } = await inventedMonday(made.context, id);
    const { body } = await (await signInAs(app)).get(`/alerts/${media}`);
    expect(body).toMatch(/<strong>focus 3\.6: [^<]+<\/strong>/);
    expect(body).toContain('policy version 1');
  });

  it('shows both clocks when they differ by more than two minutes, and one when they do not', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'PC');
    const now = made.context.clock.now();
    const data = { device: stick };
    const near = await fillEvent(made.context, computer, 'media.removed', data, { at: now - 119_000 });
    const far = await fillEvent(made.context, computer, 'media.removed', data, { at: now - 121_000 });
    const alert = await fillAlert(made.context, computer, { title: 'T', seqs: [near, far] });
    const { body } = await (await signInAs(app)).get(`/alerts/${alert}`);
    expect(body.match(/by the computer’s clock/g)).toHaveLength(1);
  });

  it('opens when retention has taken the event away, and when it never had one', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'PC');
    const seq = await fillEvent(made.context, computer, 'media.removed', { device: stick });
    const alert = await fillAlert(made.context, computer, { title: 'T', seqs: [seq] });
    await made.context.store
      .updateTable('events')
      .set({ line: null, line_hash: Buffer.alloc(32) })
      .execute();
    const visitor = await signInAs(app);
    expect((await visitor.get(`/alerts/${alert}`)).body).toContain('The details are no longer kept.');
    const own = await fillAlert(made.context, computer, { title: 'Of the collector' });
    expect((await visitor.get(`/alerts/${own}`)).statusCode).toBe(200);
  });

  it('is noted with who opened it', async () => {
    const account = await addAccount(made.context);
    const alert = await fillAlert(made.context, await fillComputer(made.context, 'PC'), { title: 'T' });
    await (await signInAs(app)).get(`/alerts/${alert}`);
    const rows = await made.context.store
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'alert.viewed')
      .execute();
    expect(rows).toMatchObject([{ account_id: account, object: alert, at: made.context.clock.now() }]);
  });

  it('is acknowledged, noted, closed and reopened, each kept with who did it', async () => {
    await addAccount(made.context);
    const alert = await fillAlert(made.context, await fillComputer(made.context, 'PC'), { title: 'T' });
    const visitor = await signInAs(app);
    const steps = [
      { action: 'acknowledged' },
      { action: 'noted', note: 'First line\r\nsecond \u202Eline' },
      { action: 'closed', outcome: 'mistake', note: 'It was mine.' },
      { action: 'reopened' },
    ];
    for (const fields of steps) {
      const answer = await visitor.post(`/alerts/${alert}`, fields);
      expect([answer.statusCode, answer.headers.location]).toEqual([303, `/alerts/${alert}?done=${fields.action}`]);
    }
    const { body } = await visitor.get(`/alerts/${alert}?done=reopened`);
    expect(body).toContain('You have reopened this alert.');
    expect(body).toContain('First line\nsecond \uFFFDline');
    expect(body.match(/Pat Analyst\.<\/p>/g)).toHaveLength(4);
    const audit = await made.context.store.selectFrom('audit').select(['action', 'detail']).execute();
    expect(audit.filter((row) => /alert\.(?!viewed)/.test(row.action))).toEqual([
      { action: 'alert.acknowledged', detail: null },
      { action: 'alert.noted', detail: null },
      { action: 'alert.closed', detail: 'mistake' },
      { action: 'alert.reopened', detail: null },
    ]);
  });

  it.each([
    [{ action: 'closed', outcome: '', note: 'x' }, 'Say what the alert turned out to be'],
    [{ action: 'closed', outcome: 'constructor', note: 'x' }, 'Say what the alert turned out to be'],
    [{ action: 'closed', outcome: 'mistake', note: ' ' }, 'Write how you know'],
    [{ action: 'noted', note: '' }, 'Write a note first'],
    [{ action: 'noted', note: 'x'.repeat(2001) }, 'no more than 2,000 characters'],
    [{ action: 'explode' }, 'Choose what to do'],
    [{ action: 'reopened' }, 'open already'],
  ])('refuses %o and says how to mend it', async (fields, says) => {
    await addAccount(made.context);
    const alert = await fillAlert(made.context, await fillComputer(made.context, 'PC'), { title: 'T' });
    const { statusCode, body } = await (await signInAs(app)).post(`/alerts/${alert}`, fields as Record<string, string>);
    expect(statusCode).toBe(422);
    expect(body).toContain('There is a problem');
    expect(body).toContain(says);
    expect(body).toContain('<title>Error: T');
    const [target] = /href="#(\w+)"/.exec(/nhsuk-error-summary[\s\S]*?<\/ul>/.exec(body)?.[0] ?? '')?.slice(1) ?? [];
    expect(body).toContain(`id="${target}"`);
  });

  it('shows an auditor everything and lets them change nothing', async () => {
    await addAccount(made.context, { role: 'auditor' });
    const alert = await fillAlert(made.context, await fillComputer(made.context, 'PC'), { title: 'T' });
    const visitor = await signInAs(app);
    expect((await visitor.get(`/alerts/${alert}`)).body).not.toContain('Acknowledge');
    expect((await visitor.post(`/alerts/${alert}`, { action: 'acknowledged' })).statusCode).toBe(403);
    const { state } = await made.context.store.selectFrom('alerts').select('state').executeTakeFirstOrThrow();
    expect(state).toBe('open');
  });
});

describe('the computers', () => {
  it('are connected, away, silent or never seen by when they last spoke', async () => {
    await addAccount(made.context);
    const hour = 3_600_000;
    for (const [name, ago] of [
      ['here', 60_000],
      ['home', 20 * hour],
      ['lost', 80 * hour],
    ] as const) {
      await reportStatus(made.context, await fillComputer(made.context, name), { ago });
    }
    await fillComputer(made.context, 'new');
    const visitor = await signInAs(app);
    const presences = ['Connected', 'Not connected', 'Silent', 'Never seen'];
    const tags = async (url: string) =>
      [...(await visitor.get(url)).body.matchAll(/nhsuk-tag--\w+">\s*([^<]+?)\s*</g)]
        .map((match) => match[1] ?? '')
        .filter((text) => presences.includes(text));
    expect(await tags('/computers')).toEqual(presences);
    expect(await tags('/computers?presence=silent')).toEqual(['Silent']);
    expect(await tags('/computers?search=HO')).toEqual(['Not connected']);
  });

  it('say what is watched, what is not and why, and what is waiting', async () => {
    const id = await addAccount(made.context);
    const { laptop } = await inventedMonday(made.context, id);
    const { body } = await (await signInAs(app)).get(`/computers/${laptop.id}`);
    for (const words of [
      'Not possible here',
      'This computer has no floppy drive.',
      'Seen in a poorer way',
      '214 events waiting, the oldest for 3 hours',
      'A watcher failed',
      'Encrypted (LUKS 2)',
      'No known antivirus service is running.',
      'Example SSD, NVMe, 512 GB',
    ]) {
      expect(body).toContain(words);
    }
    const audit = await made.context.store.selectFrom('audit').select(['action', 'object']).execute();
    expect(audit).toContainEqual({ action: 'computer.viewed', object: laptop.id });
  });

  it('show each drive as last reported, and none that is gone', async () => {
    await addAccount(made.context);
    const computer = await fillComputer(made.context, 'PC');
    const drive = { name: 'sda2', use: 'filesystem' as const, mountPoints: ['/'], encryption: 'plain' as const };
    const since = '2026-11-21T09:00:00.000Z';
    await fillEvent(made.context, computer, 'drive.encryption-changed', { drive, since });
    await fillEvent(made.context, computer, 'drive.encryption-changed', {
      drive: { ...drive, encryption: 'encrypted' },
      since,
    });
    await fillEvent(made.context, computer, 'drive.encryption-changed', { drive: { ...drive, name: 'sdc1' }, since });
    await fillEvent(made.context, computer, 'drive.removed', { drive: { ...drive, name: 'sdc1' } });
    const { body } = await (await signInAs(app)).get(`/computers/${computer.id}`);
    expect(body).toMatch(/sda2[\s\S]*nhsuk-tag--green">\s*Encrypted/);
    expect(body).not.toContain('Not encrypted');
    expect(body).not.toContain('sdc1');
  });
});

describe('the page about monitoring', () => {
  it('names every kind of event there is, and how long each is kept', async () => {
    const id = await addAccount(made.context);
    await inventedMonday(made.context, id);
    const { body } = await (await signInAs(app)).get('/about-monitoring');
    for (const kind of kindNames) expect(body).toContain(kindDefinition(kind).description);
    expect(body).toMatch(/everyday events for \d+ days, and events that led to an alert for \d+ days/);
  });
});
