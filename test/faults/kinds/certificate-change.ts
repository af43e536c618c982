import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { PortcullisError } from '#shared/errors.ts';
import { makeCertificate } from '../../../collector/gateway/certificate.ts';
import type { Fault } from '../fault.ts';

export const certificateChange: Fault = {
  name: 'certificate-change',
  about: 'at the address of the collector stands somebody with another certificate, for a while',
  async run({ agent, collector, network, random, until, aWhile }) {
    await collector.start();
    const { target } = network;
    const { certificate: cert, key } = await makeCertificate(['localhost'], Date.now());
    let heard = 0;
    const impostor = createServer({ cert, key }, () => {
      heard += 1;
    });
    impostor.on('upgrade', () => {
      heard += 1;
    });
    let tried = 0;
    impostor.on('connection', () => {
      tried += 1;
    });
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const early = random.below(2) === 0;
    if (!early) {
      agent.start(400);
      await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
      await collector.program.end('SIGKILL');
    }
    network.target = (impostor.address() as AddressInfo).port;
    if (early) agent.start(400);
    await until('the agent met the impostor', () => tried > 0);
    await aWhile(300);
    network.target = target;
    impostor.closeAllConnections();
    impostor.close();
    if (heard > 0)
      throw new PortcullisError('toldImpostor', 'The agent spoke to a collector with another certificate.');
    return {};
  },
};
