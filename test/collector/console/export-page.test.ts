import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SendError } from '../../../collector/exports/channels/channel.ts';
import { addDestination, noteFailure } from '../../../collector/exports/destinations.ts';
import type { Exports } from '../../../collector/exports/exports.ts';
import type { FileSettings } from '../../../collector/exports/settings.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

const settings: FileSettings = { name: 'siem', channel: 'file', format: 'ocsf', path: 'x', from: 'beginning' };
const tests: string[] = [];
let fault: SendError | undefined;
const running: Exports = {
  start: () => undefined,
  stop: () => Promise.resolve(),
  check: () => Promise.resolve(),
  wake: () => undefined,
  async test(name) {
    if (fault) throw fault;
    tests.push(name);
  },
};

let console: OpenConsole;
let administrator: SomebodySignedIn;
beforeEach(async () => {
  fault = undefined;
  console = await openConsole({ exports: { settings: [settings], running } });
  administrator = await console.visitor('ict-administrator');
  await addDestination(console.context.store, settings, console.context.clock.now());
});
afterEach(() => console[Symbol.asyncDispose]());

describe('the page of exports', () => {
  it('shows what waits, since when, and the last fault', async () => {
    const { context } = console;
    await fillEvent(context, await fillComputer(context, 'PC'), 'agent.stopped', { because: 'x' });
    const now = context.clock.now();
    await noteFailure(context.store, 'siem', { error: 'Nothing listens <there>.', at: now, nextAttemptAt: now + 1 });
    const { body } = await administrator.get('/exports');
    expect(body).toMatch(/siem[\s\S]*File, OCSF[\s\S]*Takes nothing[\s\S]*the oldest for/);
    expect(body).toContain('Nothing listens &lt;there&gt;.');
    expect((await administrator.get('/health')).body).toContain('Some take nothing');
  });

  it('pauses and resumes a destination, and writes both down', async () => {
    expect((await administrator.post('/exports/siem', { action: 'pause' })).headers.location).toBe(
      '/exports?done=pause',
    );
    expect((await administrator.get('/exports')).body).toContain('Paused');
    await administrator.post('/exports/siem', { action: 'resume' });
    expect((await administrator.get('/exports')).body).toContain('Up to date');
    const audit = await console.context.store
      .selectFrom('audit')
      .select('action')
      .where('object', '=', 'siem')
      .execute();
    expect(audit.map(({ action }) => action)).toEqual(['export.paused', 'export.resumed']);
  });

  it('sends a test, and says what stood against it', async () => {
    expect((await administrator.post('/exports/siem', { action: 'test' })).headers.location).toBe('/exports?done=test');
    expect(tests).toEqual(['siem']);
    fault = new SendError('ETIMEDOUT', 'The destination does not answer.');
    const refused = await administrator.post('/exports/siem', { action: 'test' });
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('The destination does not answer.');
  });

  it('knows no other destination, and lets an auditor only look', async () => {
    expect((await administrator.post('/exports/other', { action: 'pause' })).statusCode).toBe(404);
    const auditor = await console.visitor('auditor');
    const { statusCode, body } = await auditor.get('/exports');
    expect(statusCode).toBe(200);
    expect(body).not.toContain('Send a test');
    expect((await auditor.post('/exports/siem', { action: 'pause' })).statusCode).toBe(403);
  });
});
