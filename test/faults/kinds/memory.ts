import { loadPolicy } from '#shared/policy/load.ts';
import { limits } from '#shared/protocol/protocol.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { eventSource } from '../../estate/event-mix.ts';
import type { Fault } from '../fault.ts';
import { enrolFlooder } from './flood.ts';

const megabyte = 1024 * 1024;

export const memory: Fault = {
  name: 'memory',
  about: 'a collector with a small heap under more than it usually gets',
  async run(ground) {
    const { agent, collector, random, until } = ground;
    await collector.start({ flags: [`--max-old-space-size=${112 + random.below(32)}`] });
    const flooder = await enrolFlooder(ground);
    agent.start(800);
    const source = eventSource(1 + random.below(1e6), 'allowed', loadPolicy(profileText('focus')), Date.now());
    const prepared = Array.from({ length: 20 }, () => flooder.prepare(source, limits.batchLines));
    // Preparing holds up all that this program does, pongs included.
    await flooder.connect();
    await flooder.send(prepared, limits.batchesInFlight);
    flooder.close();
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    return { collectorMemory: 400 * megabyte };
  },
};
