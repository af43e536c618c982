import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle } from '../../../collector/documents/bundle.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

let console: OpenConsole;
let preparer: SomebodySignedIn;
let siro: SomebodySignedIn;
beforeEach(async () => {
  console = await openConsole({ profile: 'ccg' });
  preparer = await console.visitor('ig-lead');
  siro = await console.visitor('siro');
  const laptop = await fillComputer(console.context, 'WARD-1');
  await fillEvent(console.context, laptop, 'agent.stopped', { because: 'SIGTERM' }, { actor: { user: 'olive' } });
});
afterEach(() => console[Symbol.asyncDispose]());

const form = {
  requester: `Example Police ${hostile}`,
  reference: 'EP/1',
  legalBasis: 'An order of the court',
  purpose: 'An inquiry',
  people: '',
  computers: 'ward-1',
  from: '2026-11-23',
  to: '2026-11-23',
};
async function prepared(): Promise<string> {
  const { headers } = await preparer.post('/disclosures/new', form);
  return String(headers.location).replace('?done=prepared', '');
}

describe('the pages of disclosures', () => {
  it('take two people: one prepares, another approves, and the copy is entered', async () => {
    const address = await prepared();
    expect((await preparer.get(address)).body).toContain('somebody else decides: IG lead or SIRO (CCG 12)');
    expect((await preparer.post(address, { action: 'approved', reason: 'I say so' })).statusCode).toBe(422);
    const approved = await siro.post(address, { action: 'approved', reason: 'Lawful and needed' });
    expect(approved.headers.location).toBe(`${address}?done=approved`);
    const copy = await preparer.post(`${address}/copy`, {});
    expect(copy.headers['content-type']).toBe('application/zip');
    const { body } = await siro.get(address);
    expect(body).toMatch(/Approved by Pat siro[\s\S]*Lawful and needed[\s\S]*<code>[0-9a-f]{64}<\/code>/);
    expect(body).not.toContain('<script>alert(1)');
  });

  it('hand over a bundle that can be checked', async () => {
    const address = await prepared();
    await siro.post(address, { action: 'approved', reason: 'Lawful and needed' });
    const { rawPayload } = (await console.app.inject({
      method: 'POST',
      url: `${address}/copy`,
      headers: {
        cookie: preparer.cookie,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: `formToken=${/name="formToken" value="([^"]+)"/.exec((await preparer.get(address)).body)?.[1]}`,
    })) as { rawPayload: Buffer };
    const { files, faults } = openBundle(rawPayload);
    expect(faults).toEqual([]);
    expect(Buffer.from(files.get('events.jsonl') ?? []).toString()).toMatch(/SIGTERM[\s\S]*person-/);
  });

  it('hand nothing over that was refused, or that nobody decided', async () => {
    const address = await prepared();
    expect((await preparer.post(`${address}/copy`, {})).statusCode).toBe(422);
    await siro.post(address, { action: 'refused', reason: 'No ground' });
    expect((await preparer.post(`${address}/copy`, {})).statusCode).toBe(422);
    expect((await preparer.get('/disclosures')).body).toContain('Refused');
  });

  it.each<[string, Partial<typeof form>, string]>([
    ['no requester', { requester: '' }, 'Say who asks'],
    ['no legal basis', { legalBasis: '' }, 'Say on which ground in law'],
    ['a person nobody knows', { people: 'Nobody Known' }, 'knows no one person by “Nobody Known”'],
    ['a computer nobody knows', { computers: 'WARD-9' }, 'No one computer is called “WARD-9”'],
    ['nothing in scope', { computers: '' }, 'Name at least one person or one computer'],
    ['no day', { from: '' }, 'Enter the first day'],
  ])('say what is to be mended when there is %s, and keep what was typed', async (_, change, says) => {
    const { statusCode, body } = await preparer.post('/disclosures/new', { ...form, ...change });
    expect(statusCode).toBe(422);
    expect(body).toContain(says);
    expect(body).toContain('An inquiry');
  });

  it('leave the decision under focus to the Head of Business and Governance', async () => {
    await using focus = await openConsole({ profile: 'focus' });
    await fillComputer(focus.context, 'WARD-1');
    const lead = await focus.visitor('ig-lead');
    const { headers } = await lead.post('/disclosures/new', form);
    const address = String(headers.location).replace('?done=prepared', '');
    const other = await focus.visitor('siro');
    expect((await other.post(address, { action: 'approved', reason: 'x' })).body).toContain(
      'leaves this decision to somebody else',
    );
    const head = await focus.visitor('head-of-business-and-governance');
    expect((await head.post(address, { action: 'approved', reason: 'x' })).statusCode).toBe(303);
  });
});
