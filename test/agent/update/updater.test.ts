import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newKeyPair, signer } from '#shared/identity.ts';
import { releaseContext, releasePath } from '#shared/protocol/release.ts';
import { trialKeeper } from '../../../agent/update/trial.ts';
import { updater } from '../../../agent/update/updater.ts';
import { versionsIn } from '../../../agent/update/versions.ts';
import { requestJson } from '../../../agent/uplink/request.ts';
import type { Change } from '../../../agent/watchers/watcher.ts';
import { openHome } from '../../../collector/home.ts';
import { placeComputer } from '../../../collector/register/places.ts';
import type { ReleasesTable } from '../../../collector/store/self-care-tables.ts';
import { addRelease, releaseFile, releaseFolder } from '../../../collector/updates/releases.ts';
import {
  listRollOuts,
  type RollOutPlan,
  startRollOut,
  stepRollOut,
  usualPlan,
} from '../../../collector/updates/roll-outs.ts';
import { bundleOf } from '../../fakes/agent-bundle.ts';
import { enrolComputer, type Greeted, greet, type TestComputer } from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const doer = { by: 'Pat', accountId: null, now: Date.now() };
let work: ReturnType<typeof tempFolder>;
let collector: RealCollector;
let computer: TestComputer;
let socket: Greeted;
beforeAll(async () => {
  collector = await realCollector();
  computer = await enrolComputer(collector);
  socket = await greet(computer);
});
afterAll(async () => {
  await socket[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});
beforeEach(() => {
  work = tempFolder();
});
afterEach(async () => {
  for (const table of ['roll_out_computers', 'roll_outs', 'releases'] as const)
    await store().deleteFrom(table).execute();
  rmSync(releaseFolder(collector.folder), { recursive: true, force: true });
  work[Symbol.dispose]();
});
const store = () => collector.context.store;

async function release(version: string, more: { rollBack?: boolean } = {}): Promise<ReleasesTable> {
  const { folder, context } = collector;
  const { settings, policySigner } = openHome(folder);
  const parts = { store: context.store, home: folder, organisation: settings.organisation, signer: policySigner };
  const file = await bundleOf(work.path, version);
  return addRelease(parts, { file, notes: 'a test', rollBack: false, reportWithin: 60, ...doer, ...more });
}

const start = (row: ReleasesTable, plan: Partial<RollOutPlan> = {}) =>
  startRollOut(collector.context.store, row, { ...usualPlan, ...plan }, doer);

/** The part of an agent that updates it, with all that it tells and does. */
function agent({ version = '0.1.0', launcher = true, platform = 'linux' } = {}) {
  const told: Change[] = [];
  const restarts: string[] = [];
  const memories = new Map<string, unknown>();
  const versions = versionsIn(join(work.path, 'versions'), '0.1.0');
  const trial = trialKeeper({
    versions,
    version,
    recall: (name) => memories.get(name),
    record(changes, { name, value }) {
      told.push(...changes);
      memories.set(name, JSON.parse(JSON.stringify(value)));
    },
  });
  const made = updater({
    identity: {
      computerId: computer.computerId,
      organisation: 'Test organisation',
      privateKeyPem: '',
      nameKey: '',
      collector: { url: computer.url, key: computer.collectorKey, fingerprint: null, trusted: '' },
    },
    platform,
    arch: 'x64',
    version,
    https: computer.https,
    log: pino({ level: 'silent' }),
    random: () => 1,
    ...(launcher && { taking: { trial, versions, restart: (because: string) => void restarts.push(because) } }),
  });
  const check = () => made.check(socket.welcome.token);
  return { told, restarts, versions, check, stop: made.stop };
}

const states = async () =>
  (await listRollOuts(collector.context.store)).map(({ state, counts }) => ({ state, ...counts }));

describe('an agent that asks', () => {
  it('is offered nothing before somebody starts a roll-out', async () => {
    await release('0.2.0');
    const one = agent();
    await one.check();
    expect({ told: one.told, restarts: one.restarts }).toEqual({ told: [], restarts: [] });
    expect(await states()).toEqual([]);
  });

  it('fetches what it is offered, lays it out beside itself, puts it on trial and ends in order', async () => {
    await start(await release('0.2.0'));
    const one = agent();
    await one.check();
    expect(one.restarts).toEqual(['update to 0.2.0']);
    expect(readFileSync(join(one.versions.folder, 'trial'), 'utf8')).toBe('0.2.0\n0.1.0\n3\n60\n');
    const { mode } = statSync(join(one.versions.of('0.2.0'), 'bin/node'));
    expect(mode & 0o777).toBe(0o755);
    expect(readdirSync(one.versions.folder).sort()).toEqual(['0.2.0', 'trial']);
    expect(one.told).toEqual([]);
    expect(await states()).toEqual([{ state: 'running', offered: 1, updated: 0, failed: 0, unsupported: 0 }]);
  });

  it.each([
    ['runs it already', { version: '0.2.0' }, {}],
    ['runs a newer one', { version: '0.3.0' }, {}],
    ['is of another system', { platform: 'windows' }, {}],
    ['is in no group that is meant', {}, { groups: ['pilot'] }],
  ])('and %s is offered nothing', async (_what, given, plan) => {
    await start(await release('0.2.0'), plan);
    const one = agent(given);
    await one.check();
    expect({ told: one.told, restarts: one.restarts, states: (await states())[0]?.offered }).toEqual({
      told: [],
      restarts: [],
      states: 0,
    });
  });

  it('and is in a group that is meant is offered it', async () => {
    await placeComputer(collector.context.store, computer.computerId, { groups: ['pilot'] }, doer);
    await start(await release('0.2.0'), { groups: ['other', 'pilot'] });
    const one = agent();
    await one.check();
    expect(one.restarts).toHaveLength(1);
  });

  it('that nothing could start another version of is not offered one, and is counted as such', async () => {
    await start(await release('0.2.0'));
    const one = agent({ launcher: false });
    await one.check();
    expect(await states()).toEqual([{ state: 'running', offered: 0, updated: 0, failed: 0, unsupported: 1 }]);
  });

  it('is offered nothing by a roll-out that is paused, and gets no bundle of it', async () => {
    const row = await release('0.2.0');
    const id = await start(row);
    await stepRollOut(collector.context.store, id, 'pause', doer);
    const one = agent();
    await one.check();
    expect(one.restarts).toEqual([]);
    const url = new URL(`${releasePath}/${row.sha256}`, computer.url);
    const { status } = await requestJson(url, { agent: computer.https, method: 'GET', token: socket.welcome.token });
    expect(status).toBe(404);
  });

  it('takes an older one when its release says that it is a way back', async () => {
    await start(await release('0.1.5', { rollBack: true }));
    const one = agent({ version: '0.2.0' });
    await one.check();
    expect(one.restarts).toEqual(['update to 0.1.5']);
  });
});

type Spoil = (row: ReleasesTable) => Promise<void> | void;
const bundle = ({ sha256 }: ReleasesTable) => releaseFile(collector.folder, sha256);

/** As whoever holds the collector's store, but not its key. */
const rewrite =
  (change: object): Spoil =>
  async ({ manifest }) => {
    const text = JSON.stringify({ ...JSON.parse(manifest), ...change });
    await store().updateTable('releases').set({ manifest: text }).execute();
  };

/** As the organisation itself, or another one. */
const signed =
  (change: object, key: () => { sign(context: string, text: string): string }): Spoil =>
  async ({ manifest }) => {
    const text = JSON.stringify({ ...JSON.parse(manifest), ...change });
    const signature = key().sign(releaseContext, text);
    await store().updateTable('releases').set({ manifest: text, signature }).execute();
  };
const ownKey = () => openHome(collector.folder).policySigner;
const otherKey = () => signer(newKeyPair().privateKeyPem);

const refusals: [string, string, Spoil][] = [
  ['signed by another key', 'unsigned', signed({}, otherKey)],
  ['of which one word was changed', 'unsigned', rewrite({ rollBack: true })],
  [
    'without a signature',
    'unsigned',
    async () => void (await store().updateTable('releases').set({ signature: 'none' }).execute()),
  ],
  [
    'signed for another purpose',
    'unsigned',
    signed({}, () => ({ sign: (_context, text) => ownKey().sign('portcullis.policy.v1', text) })),
  ],
  ['of another organisation', 'foreign', signed({ organisation: 'Another' }, ownKey)],
  ['for another system', 'foreign', signed({ platform: 'windows' }, ownKey)],
  ['for another processor', 'foreign', signed({ arch: 'arm64' }, ownKey)],
  ['older than what runs', 'older', signed({ version: '0.0.9' }, ownKey)],
  ['of a protocol that is not spoken', 'protocol', signed({ minimumProtocol: 99 }, ownKey)],
  ['whose bundle was changed', 'altered', (row) => flip(bundle(row))],
  [
    'whose bundle was made longer',
    'altered',
    (row) => writeFileSync(bundle(row), Buffer.concat([readFileSync(bundle(row)), Buffer.alloc(100)])),
  ],
  ['whose bundle was cut off', 'truncated', (row) => truncateSync(bundle(row), row.size - 40)],
  ['whose bundle holds another version than it says', 'damaged', signed({ version: '0.9.0' }, ownKey)],
];

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

it.each(refusals)('a release %s is refused as %s, told once, and nothing of it stays', async (_what, reason, spoil) => {
  const row = await release('0.2.0');
  await start(row);
  await spoil(row);
  const one = agent();
  await one.check();
  await one.check();
  expect(one.told).toEqual([{ kind: 'agent.update-failed', data: expect.objectContaining({ reason }) }]);
  expect(one.restarts).toEqual([]);
  expect(existsSync(one.versions.folder) ? readdirSync(one.versions.folder) : []).toEqual([]);
});

it('a bundle that cannot be fetched is tried again, and told after some attempts', async () => {
  const row = await release('0.2.0');
  await start(row);
  const one = agent();
  writeFileSync(`${bundle(row)}.aside`, readFileSync(bundle(row)));
  rmSync(bundle(row));
  for (let attempt = 0; attempt < 4; attempt += 1) await one.check();
  expect(one.told).toEqual([{ kind: 'agent.update-failed', data: expect.objectContaining({ reason: 'not-fetched' }) }]);
  writeFileSync(bundle(row), readFileSync(`${bundle(row)}.aside`));
  await one.check();
  expect(one.restarts).toEqual(['update to 0.2.0']);
});
