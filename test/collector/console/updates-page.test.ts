import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '#shared/identity.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { addComputer, statusSaver } from '../../../collector/register/computers.ts';
import { noteOwnVersion } from '../../../collector/register/versions.ts';
import { addRelease } from '../../../collector/updates/releases.ts';
import { noteOffer, noteUpdates } from '../../../collector/updates/roll-out-computers.ts';
import { listRollOuts } from '../../../collector/updates/roll-outs.ts';
import { bundleOf } from '../../fakes/agent-bundle.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { testSigner } from './site.ts';
import { type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

const day = 86_400_000;
let console: OpenConsole;
let administrator: SomebodySignedIn;
let auditor: SomebodySignedIn;
let work: ReturnType<typeof tempFolder>;
let old: string;

beforeAll(async () => {
  work = tempFolder();
  console = await openConsole();
  administrator = await console.visitor('ict-administrator');
  auditor = await console.visitor('auditor');
  const { store, clock } = console.context;
  const text = profileText('focus', 'Example Care');
  const policy = { text, publishedBy: 'Pat' };
  await publishPolicy(store, testSigner, { ...policy, reason: 'The profile', now: clock.now() - 9 * day });
  await publishPolicy(store, testSigner, { ...policy, reason: 'Sticks are issued', now: clock.now() - 3 * day });
  await noteOwnVersion(store, '0.1.0', clock.now() - 9 * day);
  const parts = { store, home: work.path, organisation: 'Example Care', signer: testSigner };
  const given = { notes: 'Discs are read faster', rollBack: false, reportWithin: 60, by: 'Pat', accountId: null };
  await addRelease(parts, { ...given, file: await bundleOf(work.path, '0.2.0'), now: clock.now() - 2 * day });
  old = await computer('FOC-OLD', '0.1.0', 1);
  await computer('FOC-NEW', '0.2.0', 2);
});
afterAll(async () => {
  await console[Symbol.asyncDispose]();
  work[Symbol.dispose]();
});

async function computer(hostname: string, version: string, policyVersion: number): Promise<string> {
  const { store, clock } = console.context;
  return store.transaction().execute(async (tx) => {
    const id = await addComputer(tx, { publicKey: newKeyPair().publicKey, hostname, version, now: clock.now() });
    const { no } = await tx.selectFrom('computers').select('no').where('id', '=', id).executeTakeFirstOrThrow();
    await statusSaver(store)(
      tx,
      no,
      { type: 'status', policyVersion, spool: { events: 0, bytes: 0 }, conditions: [] },
      clock.now(),
    );
    await tx.updateTable('computers').set({ os: 'linux' }).where('no', '=', no).execute();
    return id;
  });
}

describe('drift of versions shows', () => {
  it.each([
    ['the list, narrowed to those behind', '/computers?behind=any', /1 computer/],
    ['the list, narrowed to an older agent', '/computers?behind=agent', /FOC-OLD/],
    ['the list, narrowed to an older policy', '/computers?behind=policy', /FOC-OLD/],
    ['the list, narrowed to a version', '/computers?agent=0.1.0', /FOC-OLD/],
    ['the list, narrowed to a policy', '/computers?policy=1', /FOC-OLD/],
  ])('on %s', async (_what, url, says) => {
    const { body } = await administrator.get(url);
    expect(body).toMatch(says);
    expect(body).not.toContain('FOC-NEW');
    expect(body).toMatch(/The agent has been behind version 0\.2\.0 for 2 days/);
    expect(body).toMatch(/Its policy has been behind version 2 for 3 days/);
  });

  it('on the page of the computer, with what it does without', async () => {
    const { body } = await administrator.get(`/computers/${old}`);
    expect(body).toMatch(/behind version 0\.2\.0 for 2 days/);
    expect(body).toMatch(/Version 0\.2\.0: Discs are read faster[\s\S]*Policy 2: Sticks are issued/);
  });

  it('on the page of health, by version', async () => {
    const { body } = await administrator.get('/health');
    expect(body).toMatch(/Some are behind[\s\S]*1 computer with an older agent, 1 with an older policy/);
    expect(body).toMatch(/href="\/computers\?agent=0\.1\.0"[\s\S]*?Behind/);
  });
});

describe('the page Updates', () => {
  it('offers nothing by itself, refuses what makes no sense, and starts a roll-out', async () => {
    const { store } = console.context;
    expect((await administrator.get('/updates')).body).toMatch(
      /Nothing was ever rolled out[\s\S]*Discs are read faster/,
    );
    const { id: release } = await store.selectFrom('releases').select('id').executeTakeFirstOrThrow();
    const form = { release, group: '', percent: '101', failures: '2' };
    const refused = await administrator.post('/updates', form);
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toMatch(/whole number from 1 to 100/);
    expect(await listRollOuts(store)).toEqual([]);
    expect((await administrator.post('/updates', { ...form, percent: '100', failures: '0' })).statusCode).toBe(303);
    expect(await listRollOuts(store)).toMatchObject([{ state: 'running', percent: 100, mostFailures: 0 }]);
    expect(
      await store.selectFrom('audit').select('action').where('action', '=', 'roll-out.started').execute(),
    ).toHaveLength(1);
  });

  it('shows who failed and why, and lets an administrator go on; an auditor only looks', async () => {
    const { store, clock } = console.context;
    const [rollOut] = await listRollOuts(store);
    const id = rollOut?.id ?? '';
    const { no } = await store.selectFrom('computers').select('no').where('id', '=', old).executeTakeFirstOrThrow();
    await noteOffer(store, { roll_out_id: id, computer_no: no, state: 'offered', reason: null, at: clock.now() });
    const told = [{ version: '0.2.0', state: 'failed' as const, reason: 'silent' }];
    const parts = { told, monitoringClause: 'focus 3.6', policyVersion: 2, now: clock.now() };
    await store.transaction().execute((tx) => noteUpdates(tx, no, parts));
    const { body } = await administrator.get('/updates');
    expect(body).toMatch(/Paused[\s\S]*Failed updates: 1; it bears 0[\s\S]*FOC-OLD<\/a>: did not report in time/);
    expect((await auditor.get('/updates')).body).not.toContain('value="resume"');
    expect((await auditor.post(`/updates/${id}`, { action: 'resume' })).statusCode).toBe(403);
    expect((await administrator.post(`/updates/${id}`, { action: 'resume' })).statusCode).toBe(303);
    expect((await administrator.post(`/updates/${id}`, { action: 'widen', percent: '50' })).statusCode).toBe(303);
    expect(await listRollOuts(store)).toMatchObject([{ state: 'running', percent: 50 }]);
  });
});
