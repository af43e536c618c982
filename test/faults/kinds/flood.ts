import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { enrolmentCode, limits } from '#shared/protocol/protocol.ts';
import { loadCertificate } from '../../../collector/gateway/certificate.ts';
import { createToken } from '../../../collector/gateway/tokens.ts';
import { openHome } from '../../../collector/home.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { openStore } from '../../../collector/store/database.ts';
import { eventSource } from '../../estate/event-mix.ts';
import { enrolSimulatedAgent, type SimulatedAgent } from '../../fakes/simulated-agent.ts';
import type { Fault } from '../fault.ts';
import type { Ground } from '../ground.ts';

/** More than the burst that one computer is allowed, so that it is slowed down. */
const batches = 70;

export const flood: Fault = {
  name: 'flood',
  about: 'one computer sends more than it may; another’s events are taken all the while',
  async run(ground) {
    const { agent, collector, random, until } = ground;
    // The usual one: a machine that is busy with the flood answers no ping within a second.
    const env = { PORTCULLIS_FAULT_HEARTBEAT: '30000' };
    await collector.start({ env });
    const flooder = await enrolFlooder(ground);
    const source = eventSource(1 + random.below(1e6), 'forbidden', loadPolicy(profileText('focus')), Date.now());
    const prepared = Array.from({ length: batches }, () => flooder.prepare(source, limits.batchLines));
    // Preparing holds up all that this program does, pongs included.
    await flooder.connect();
    agent.start(100, { env });
    await until('the other is taken', () => (agent.spool()?.storedSeq ?? 0) > 0);
    let over = false;
    const flooding = flooder.send(prepared, limits.batchesInFlight).finally(() => {
      over = true;
    });
    flooding.catch(() => undefined);
    let served = 0;
    for (let last = agent.spool()?.storedSeq ?? 0; !over && served < 5; served += 1) {
      await until('the other is taken during the flood', () => over || (agent.spool()?.storedSeq ?? 0) > last);
      last = agent.spool()?.storedSeq ?? last;
    }
    flooder.close();
    if (served === 0) throw new PortcullisError('crowdedOut', 'Nothing of the other computer was taken.');
    return {};
  },
};

/** A computer of its own, enrolled by the collector's own door. */
export async function enrolFlooder({ collector, network }: Ground): Promise<SimulatedAgent> {
  const { store, close } = openStore(collector.store);
  try {
    const { fingerprint } = await loadCertificate(openHome(collector.home), systemClock.now());
    const code = enrolmentCode(await createToken(store, systemClock.now()), fingerprint);
    return await enrolSimulatedAgent(`https://127.0.0.1:${network.port}`, code, '127.0.0.8', 'FLOOD-1');
  } finally {
    await close();
  }
}
