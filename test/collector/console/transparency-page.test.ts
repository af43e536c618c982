import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { testSigner } from './site.ts';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

let console: OpenConsole;
let administrator: SomebodySignedIn;
beforeEach(async () => {
  console = await openConsole();
  administrator = await console.visitor('ict-administrator');
  const { store, clock } = console.context;
  const text = profileText('focus', 'Example Care');
  await publishPolicy(store, testSigner, { text, reason: 'Begin', publishedBy: 'init', now: clock.now() });
});
afterEach(() => console[Symbol.asyncDispose]());

const record = (step: string, reference = 'IG-2026-114') =>
  administrator.post('/transparency', { step, reference, decidedOn: '2026-11-02', decidedBy: 'IG lead' });
const askFor = (uses: number) => administrator.post('/enrolment', { note: '', uses: `${uses}`, days: '7' });

describe('transparency at the console', () => {
  it('opens enrolment beyond a trial once every step is recorded', async () => {
    const refused = await askFor(11);
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('A trial has at most 10 computers');
    for (const step of ['staff-notice', 'dpia', 'consultation']) {
      expect((await record(step)).headers.location).toBe('/transparency?done=recorded');
    }
    expect((await askFor(300)).body).toContain('It is shown this once');
    expect((await administrator.get('/transparency')).body).toContain('without the limit of a trial');
  });

  it('shows a reference as text, whatever it is', async () => {
    await record('dpia', hostile);
    const { body } = await administrator.get('/transparency');
    expect(body).not.toContain('<script>alert(1)');
    expect(body).toContain('&lt;script&gt;');
  });

  it('gives everybody who signs in the staff notice, as a page and as a PDF', async () => {
    const supervisor = await console.visitor('supervisor');
    expect((await supervisor.get('/transparency/staff-notice')).body).toContain('What is never recorded');
    const answer = await supervisor.get('/transparency/staff-notice?as=pdf');
    expect(answer.headers['content-type']).toBe('application/pdf');
    expect(answer.body.startsWith('%PDF-')).toBe(true);
    expect((await supervisor.get('/transparency/dpia')).statusCode).toBe(403);
  });

  it('makes no copy of a person without a reason, and writes the reason down', async () => {
    const { store } = console.context;
    const person = { id: 'p1', organisation: 'Example Care', reference: 'S1', name: 'Pat Example' };
    await store
      .insertInto('people')
      .values({ ...person, email: null, team_id: null, starts_on: null, leaves_on: null })
      .execute();
    const refused = await administrator.post('/people/p1/export', { reason: 'why' });
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('who asked for the copy');
    const made = await administrator.post('/people/p1/export', { reason: 'Asked for by letter on 2 November' });
    expect(made.headers['content-type']).toBe('application/zip');
    const audit = await store.selectFrom('audit').select(['action', 'object', 'detail']).execute();
    const entry = { action: 'person.exported', object: 'p1', detail: 'Asked for by letter on 2 November' };
    expect(audit).toContainEqual(entry);
  });
});
