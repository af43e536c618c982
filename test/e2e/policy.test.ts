import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseDocument } from 'yaml';
import type { EventKind, EventOf, PortcullisEvent } from '#shared/events/kinds.ts';
import type { LocalDevice } from '../../agent/local/requests.ts';
import { freePort } from '../fakes/free-port.ts';
import { imageFolder } from '../fakes/loop-device.ts';

/*
 * A collector and an agent as processes of their own, each with its home, as they are installed: the policy and what
 * stands beside it reach the agent, hold while the collector is away, and cannot be changed behind its back.
 */
const program = (part: string) => fileURLToPath(new URL(`../../${part}/portcullis-${part}.cjs`, import.meta.url));
const why = process.getuid?.() === 0 ? '' : 'needs root';
const port = await freePort();
const patient = { timeout: 30_000, interval: 200 };

describe.skipIf(why !== '')(`policy from collector to agent${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const work = mkdtempSync(join(tmpdir(), 'portcullis-policy-'));
  const images = imageFolder();
  const homes = { collector: join(work, 'c'), agent: join(work, 'a') };
  const running: { collector?: ChildProcess; agent?: ChildProcess } = {};
  let place = '';

  const environment = (part: keyof typeof homes) => ({
    ...process.env,
    PORTCULLIS_HOME: homes[part],
    PORTCULLIS_PORT: String(port),
    PORTCULLIS_LOG: 'warn',
  });

  /** A command of one of the two programs, as typed. @returns what it printed. @throws with what it said when it fails */
  function type(part: keyof typeof homes, ...args: string[]): string {
    return execFileSync(process.execPath, [program(part), ...args], { env: environment(part), encoding: 'utf8' });
  }
  const answer = <T>(part: keyof typeof homes, ...args: string[]) => JSON.parse(type(part, ...args, '--json')) as T;

  function start(part: keyof typeof homes, ...args: string[]): void {
    running[part] = spawn(process.execPath, [program(part), ...args], { env: environment(part), stdio: 'ignore' });
  }

  async function stop(part: keyof typeof homes): Promise<void> {
    const child = running[part];
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  const serve = () => start('collector', 'serve', '--host', '127.0.0.1');
  // Other tests, and people, use the disks of this computer meanwhile.
  const run = () => start('agent', 'run', '--no-enforcement', '--log', join(work, 'agent.log'));
  const status = () =>
    JSON.parse(readFileSync(join(homes.agent, 'agent', 'status.json'), 'utf8')) as { policyVersion: number };
  const policyFile = () => join(homes.agent, 'agent', 'policy.json');

  function events<K extends EventKind>(kind: K): EventOf<K>[] {
    const all = answer<PortcullisEvent[]>('collector', 'events', '--kind', kind);
    return all as EventOf<K>[];
  }

  /** Only what this test attached is touched: other tests have loop devices, too. */
  function draft(rights: object): string {
    const { signed } = answer<{ signed: { text: string } }>('collector', 'policy', 'show', '1');
    const text = signed.text.replaceAll(/(read|write|execute): deny/g, '$1: allow');
    const document = parseDocument(text);
    document.set('mode', 'enforce');
    document.set('rules', [{ id: 'this-test', when: { device: { port: place } }, rights }]);
    const file = join(work, 'draft.yaml');
    writeFileSync(file, String(document));
    return file;
  }

  function publish(rights: object): number {
    const agreed = ['--reason', 'a test', '--approver', 'nobody'];
    return answer<{ version: number }>('collector', 'policy', 'publish', draft(rights), ...agreed).version;
  }

  const untilPolicy = (version: number) =>
    vi.waitFor(() => expect(status()).toMatchObject({ policyVersion: version }), patient);

  beforeAll(async () => {
    type('collector', 'init', '--organisation', 'Example Care');
    serve();
    await vi.waitFor(() => expect(answer('collector', 'policy', 'list')).toHaveLength(1), patient);
    const { code } = await vi.waitFor(() => answer<{ code: string }>('collector', 'token', 'create'), patient);
    await vi.waitFor(
      () => type('agent', 'enrol', '--collector', `https://127.0.0.1:${port}`, '--code', code, '--replace'),
      patient,
    );
    run();
    const loop = images.attach(images.image('stick.img', 8 * 1024 * 1024));
    ({ place } = loop);
    await vi.waitFor(
      () => expect(events('media.attached').map(({ data }) => data.device.port)).toContain(place),
      patient,
    );
  });

  afterAll(async () => {
    await stop('agent');
    await stop('collector');
    images[Symbol.dispose]();
    rmSync(work, { recursive: true, force: true });
  });

  it('reaches a connected agent within seconds, and what is connected is decided anew', async () => {
    const version = publish({ read: 'deny', write: 'deny' });
    await untilPolicy(version);
    await vi.waitFor(() => {
      const mine = events('media.decided').filter(({ data }) => data.device.port === place);
      expect(mine).toMatchObject([
        { decision: { ruleId: 'this-test', rights: { read: 'deny' }, policyVersion: version } },
      ]);
    }, patient);
  });

  it('published while the agent is away is in force after it came back', async () => {
    await stop('collector');
    const version = publish({ write: 'deny' });
    expect(status().policyVersion).toBe(version - 1);
    serve();
    await untilPolicy(version);
  });

  it('changed on the disk is refused; the last good one holds, and that is told', async () => {
    await stop('collector');
    await stop('agent');
    const good = readFileSync(policyFile(), 'utf8');
    const { version } = JSON.parse(good) as { version: number };
    writeFileSync(policyFile(), good.replace('mode: enforce', 'mode: report'));
    run();
    // The one before: what was changed is not believed, and nothing newer can be fetched yet.
    await untilPolicy(version - 1);
    serve();
    await untilPolicy(version);
    await vi.waitFor(
      () => expect(events('agent.tampered')).toMatchObject([{ data: { what: 'policy-file' } }]),
      patient,
    );
    expect(readFileSync(policyFile(), 'utf8')).toBe(good);
  });

  it('has beside it the register: a stick reported lost is known to the agent within seconds', async () => {
    const stick = ['--serial', 'LOST0001', '--holder', 'Ward 7', '--approver', 'nobody'];
    const { id } = answer<{ id: string }>('collector', 'media', 'issue', ...stick);
    type('collector', 'media', 'lost', id, '--note', 'left on a bus');
    await vi.waitFor(() => {
      const kept = JSON.parse(readFileSync(join(homes.agent, 'agent', 'standing.json'), 'utf8')) as { text: string };
      expect(JSON.parse(kept.text)).toMatchObject({ standing: { register: [{ serial: 'LOST0001', state: 'lost' }] } });
    }, patient);
  });

  it('gives way to a code typed in while the collector is away, until that is cancelled', async () => {
    const version = publish({ read: 'deny', write: 'deny' });
    await untilPolicy(version);
    await stop('collector');
    const denied = await vi.waitFor(() => {
      const found = answer<LocalDevice[]>('agent', 'code').find((one) => one.says.includes('this-test'));
      expect(found).toBeDefined();
      return found;
    }, patient);
    const { challenge } = answer<{ challenge: string }>('agent', 'code', '--device', denied?.id ?? '');
    expect(challenge).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const [computer] = answer<{ id: string }[]>('collector', 'computers');
    const grant = ['--duration', '1h', '--rights', 'connect,read,write', '--reason', 'a test', '--approver', 'nobody'];
    const about = ['--computer', computer?.id ?? '', '--challenge', challenge];
    const { code } = answer<{ code: string }>('collector', 'code', 'make', ...about, ...grant);

    expect(answer('agent', 'code', '--code', code)).toMatchObject({
      scope: 'device',
      rights: ['connect', 'read', 'write'],
    });
    const again = () => answer<LocalDevice[]>('agent', 'code').find(({ id }) => id === denied?.id);
    expect(again()?.denied).toEqual([]);
    expect(
      spawnSync(process.execPath, [program('agent'), 'code', '--code', code], { env: environment('agent') }).status,
    ).toBe(1);

    serve();
    await vi.waitFor(() => expect(events('code.redeemed')).toHaveLength(1), patient);
    expect(answer<{ redeemed_at: number | null }[]>('collector', 'code', 'list')[0]?.redeemed_at).not.toBeNull();
    type('collector', 'code', 'cancel', challenge);
    await vi.waitFor(() => expect(events('code.ended')).toMatchObject([{ data: { because: 'cancelled' } }]), patient);
    await vi.waitFor(() => expect(again()?.denied).toEqual(['read', 'write']), patient);
  });
});
