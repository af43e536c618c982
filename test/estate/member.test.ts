import { expect, it } from 'vitest';
import { loadPolicy } from '#shared/policy/load.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { enrolSimulatedAgent } from '../fakes/simulated-agent.ts';
import { eventSource } from './event-mix.ts';
import { member, newTally } from './member.ts';

it('a computer that loses its connection while it waits for an answer comes back and is answered', async () => {
  await using collector = await realCollector();
  const agent = await enrolSimulatedAgent(collector.url, await collector.code(), '127.0.0.1');
  const tally = newTally();
  const source = eventSource(1, 'allowed', loadPolicy(profileText('focus')), Date.now());
  const one = member(agent, source, tally, new AbortController().signal);
  await one.join();
  const reported = one.report(3);
  one.lose();
  await reported;
  agent.close();
  expect(tally).toMatchObject({ sent: 3, acknowledged: 3, lost: 1, failures: 1 });
});
