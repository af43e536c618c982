import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { agentHome } from '../../../agent/home.ts';
import { writeIdentity } from '../../../agent/identity.ts';
import { startAgent } from '../../../agent/main.ts';
import { barePlatform } from '../../../agent/platform/bare.ts';
import { policyKeeper } from '../../../agent/policy/keeper.ts';
import { statusOf, statusText } from '../../../agent/status.ts';
import { enrol } from '../../../agent/uplink/enrol.ts';
import { type Certificate, makeCertificate } from '../../../collector/gateway/certificate.ts';
import { createHome, openHome } from '../../../collector/home.ts';
import { freePort } from '../../fakes/free-port.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const day = 86_400_000;
const soon = { timeout: 20_000, interval: 50 };

/** A collector's folder with this certificate in it. */
function showing(folder: string, { certificate, key }: Certificate): string {
  createHome(folder, { organisation: 'Test organisation', profile: 'focus' });
  const home = openHome(folder);
  mkdirSync(dirname(home.certificate), { recursive: true });
  writeFileSync(home.certificate, certificate);
  writeFileSync(home.certificateKey, key);
  return folder;
}

/** A real agent, enrolled at the collector. */
async function agentOf(folder: string, collector: { url: string; code(): Promise<string> }, authority?: string) {
  const home = agentHome(join(folder, 'agent'));
  const asked = { url: collector.url, code: await collector.code(), hostname: 'FOC-LT-001', version: '0.1.0' };
  const { identity, policy } = await enrol({ ...asked, proxyEnv: {}, ...(authority !== undefined && { authority }) });
  policyKeeper(home.policy, identity.collector.key, identity.organisation).accept(policy);
  writeIdentity(home.identity, identity);
  const log: Record<string, unknown>[] = [];
  const start = () =>
    startAgent({
      home,
      identity,
      platform: barePlatform('linux', 'Not part of this test.', { uptimeMilliseconds: () => 1000, startedAt: 0 }),
      clock: systemClock,
      log: pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) }),
      version: '0.1.0',
      proxyEnv: {},
    });
  return { start, log, status: () => statusOf(home, identity) };
}

/** To the clock of this computer it is a day too early, as to one whose battery was flat. */
const fromTomorrow = () => makeCertificate(['127.0.0.1'], Date.now() + 2 * day);

describe('a computer whose clock stands before the first day of the certificate', () => {
  it('enrols and is heard all the same where the certificate is pinned: it is the very one', async () => {
    using folder = tempFolder();
    await using collector = await realCollector({ folder: showing(join(folder.path, 'c'), await fromTomorrow()) });
    const { start, status } = await agentOf(folder.path, collector);
    const agent = await start();
    await vi.waitFor(() => expect(status().connection?.state).toBe('connected'), soon);
    await agent.stop('test');
  });

  it('says so where an authority vouches, and goes on trying until it is heard', async () => {
    using folder = tempFolder();
    const port = await freePort();
    const [later, now] = [await fromTomorrow(), await makeCertificate(['127.0.0.1'], Date.now())];
    // The two stand for one certificate by a wrong clock and by a right one: a test cannot set the clock of TLS.
    const authority = later.certificate + now.certificate;
    const home = showing(join(folder.path, 'c'), now);
    const first = await realCollector({ folder: home, port });
    const { start, status, log } = await agentOf(folder.path, first, authority);
    await first.stop();
    const second = await realCollector({ folder: showing(home, later), port });

    const agent = await start();
    const says = "by this computer's clock, the collector's certificate is not valid yet: put the clock right";
    await vi.waitFor(
      () => expect(status().connection).toMatchObject({ state: 'waiting', code: 'CERT_NOT_YET_VALID', because: says }),
      soon,
    );
    expect(statusText(status(), Date.now())).toContain(`not connected since ${status().connection?.since} (${says})`);
    const told = () => log.filter(({ code }) => code === 'CERT_NOT_YET_VALID');
    expect(told()).toMatchObject([{ because: says, msg: 'the collector cannot be reached' }]);

    await second.stop();
    const third = await realCollector({ folder: showing(home, now), port });
    await vi.waitFor(() => expect(status().connection?.state).toBe('connected'), { ...soon, timeout: 60_000 });
    expect(told()).toHaveLength(1);
    await agent.stop('test');
    await third.stop();
  });

  it('is told of it at enrolment, too', async () => {
    using folder = tempFolder();
    const later = await fromTomorrow();
    await using collector = await realCollector({ folder: showing(join(folder.path, 'c'), later) });
    await expect(agentOf(folder.path, collector, later.certificate)).rejects.toMatchObject({
      code: 'collectorUnreachable',
      message: expect.stringContaining('put the clock right'),
    });
  });
});

it('an estate does not fall silent on the day a pinned certificate ends', async () => {
  using folder = tempFolder();
  const ended = await makeCertificate(['127.0.0.1'], Date.now() - 1000 * day);
  await using collector = await realCollector({ folder: showing(join(folder.path, 'c'), ended) });
  const { start, status } = await agentOf(folder.path, collector);
  const agent = await start();
  await vi.waitFor(() => expect(status().connection?.state).toBe('connected'), soon);
  await agent.stop('test');
});
