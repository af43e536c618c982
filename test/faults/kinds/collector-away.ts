import { PortcullisError } from '#shared/errors.ts';
import type { Fault } from '../fault.ts';

const day = 86_400_000;
const spoolBytes = 200_000;

export const collectorAway: Fault = {
  name: 'collector-away',
  about: 'no collector for a month of the agent’s clock, and a spool that is far too small for it',
  preload: true,
  async run(ground) {
    const { agent, collector, random, until, aWhile } = ground;
    const clock = ground.preload('agent', '-');
    if (random.below(2) === 0) {
      await collector.start();
      agent.start(200, { env: clock.env, spoolBytes });
      await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
      await collector.program.end('SIGTERM');
    } else agent.start(2000, { env: clock.env, spoolBytes });
    await until('the agent works', () => agent.accepted() > 0);
    for (let today = 1; today <= 31; today += 1) {
      clock.clock(today * day);
      await aWhile(60);
    }
    await until('the spool overflows', () => overflows(agent.accepted(), agent.spool()?.events ?? 0));
    const { bytes = 0 } = agent.spool() ?? {};
    if (bytes > spoolBytes) throw new PortcullisError('spoolTooBig', `The spool holds ${bytes} bytes of events.`);
    return { losses: true, spoolBytes };
  },
};

/** More was accepted than is there. */
function overflows(accepted: number, waiting: number): boolean {
  return accepted > waiting + 100;
}
