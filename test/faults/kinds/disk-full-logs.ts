import { WebSocket } from 'ws';
import { paths, subprotocol } from '#shared/protocol/protocol.ts';
import type { Fault } from '../fault.ts';
import type { Ground } from '../ground.ts';

export const diskFullLogs: Fault = {
  name: 'disk-full-logs',
  about: 'there is no room left for the log of the collector, which has much to say, for a while',
  preload: true,
  async run(ground) {
    const { agent, collector, random, until, aWhile } = ground;
    const disk = ground.preload('collector', 'collector.log');
    await collector.start({ env: disk.env });
    agent.start(400);
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    disk.disk(random.oneOf(['noSpace', 'failWrite']));
    const strangers = Array.from({ length: 8 }, () => stranger(ground));
    await until('the log is refused', () => disk.spoilt() > 0);
    const before = agent.spool()?.storedSeq ?? 0;
    await until('events are stored without a log', () => (agent.spool()?.storedSeq ?? 0) > before);
    await aWhile(500);
    disk.disk('none');
    for (const socket of strangers) socket.terminate();
    return {};
  },
};

/** Says what the protocol does not allow: the collector notes each refusal in its log. */
function stranger({ network }: Ground): WebSocket {
  const url = new URL(paths.socket, `wss://127.0.0.1:${network.port}`);
  // Whom it speaks to is no concern of a stranger.
  const socket = new WebSocket(url, subprotocol, { rejectUnauthorized: false });
  socket.on('error', () => undefined);
  return socket.on('open', () => socket.send('nonsense'));
}
