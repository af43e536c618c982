import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

let console: OpenConsole;
let administrator: SomebodySignedIn;
const computer = '01a20786-bb40-728c-85d0-c4d6bc71817e';
beforeEach(async () => {
  console = await openConsole();
  administrator = await console.visitor('ict-administrator');
  const { store } = console.context;
  const facts = { public_key: 'k', state: 'active', enrolled_at: 1, head_seq: 0, head_link: Buffer.alloc(32) } as const;
  await store
    .insertInto('computers')
    .values({ no: 1, id: computer, hostname: hostile, ...facts } as never)
    .execute();
});
afterEach(() => console[Symbol.asyncDispose]());

const place = (reason: string) => administrator.post('/retention/hold', { kind: 'computer', object: computer, reason });

describe('the retention page', () => {
  it('says what is kept how long when a policy is in force, and that nothing is on hold', async () => {
    const { body } = await administrator.get('/retention');
    expect(body).toContain('Nothing is on hold');
    expect(body).toContain('No policy has been published yet');
  });

  it('shows a hold with its reason, who placed it, and the way to the thing; markup stays text', async () => {
    expect((await place('Request 7 <b>')).headers.location).toBe('/retention?done=placed');
    const { body } = await administrator.get('/retention');
    expect(body).toContain('Request 7 &lt;b&gt;');
    expect(body).toContain(`/computers/${computer}`);
    expect(body).not.toContain('<script>alert(1)');
  });

  it('releases a hold with a reason, and remembers both', async () => {
    await place('Request 7');
    const { id } = await console.context.store.selectFrom('legal_holds').select('id').executeTakeFirstOrThrow();
    await administrator.post(`/retention/holds/${id}/release`, { reason: 'Request answered' });
    expect((await administrator.get('/retention')).body).toContain('Request answered');
    const again = await administrator.post(`/retention/holds/${id}/release`, { reason: 'Once more' });
    expect(again.statusCode).toBe(404);
  });

  it('asks for a reason, and writes both steps to the audit trail', async () => {
    const refused = await place(' ');
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('Give a reason');
    await place('Request 7');
    const audit = await console.context.store.selectFrom('audit').select(['action', 'object', 'detail']).execute();
    expect(audit).toContainEqual({ action: 'hold.placed', object: computer, detail: 'Request 7' });
  });

  it('lets an auditor look and not hold', async () => {
    const auditor = await console.visitor('auditor');
    expect((await auditor.get('/retention')).statusCode).toBe(200);
    expect((await auditor.get(`/retention/hold?kind=computer&object=${computer}`)).statusCode).toBe(403);
  });

  it('knows nothing of other kinds of things', async () => {
    expect((await administrator.get('/retention/hold?kind=policy&object=1')).statusCode).toBe(404);
  });
});
