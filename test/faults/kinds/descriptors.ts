import { connect, type Socket } from 'node:net';
import type { Fault } from '../fault.ts';
import { hasCommand } from '../has-command.ts';

export const descriptors: Fault = {
  name: 'descriptors',
  about: 'strangers take every file descriptor that the collector may have, for a while',
  cannot: () => (hasCommand('prlimit') ? undefined : 'There is no prlimit (util-linux) to bound descriptors with.'),
  async run({ agent, collector, network, random, until, aWhile }) {
    await collector.start({ descriptors: 80 + random.below(40) });
    const late = random.below(2) === 0;
    if (!late) {
      agent.start(300);
      await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    }
    const { target } = network;
    if (target === undefined) throw new TypeError('the collector listens nowhere');
    const strangers = Array.from({ length: 150 }, () => stranger(target));
    if (late) agent.start(300);
    await aWhile(1500);
    for (const socket of strangers) socket.destroy();
    await until('events are stored again', () => agent.spool()?.storedSeq !== undefined);
    return {};
  },
};

/** Connects and says nothing. */
function stranger(port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => undefined);
}
