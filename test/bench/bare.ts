import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mostKnocking } from '../../collector/main.ts';
import { type CollectorChild, ended } from '../estate/collector-child.ts';

/** The yardstick server in a process of its own. */
export interface BareServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

export const bareName = 'ws on a bare TLS server that stores nothing';
const program = fileURLToPath(new URL('bare-server.ts', import.meta.url));

/** Takes as many knocking at once as a collector. @param certificate the collector's, so that the same agents trust it */
export async function startBareServer({ certificate }: CollectorChild): Promise<BareServer> {
  const child = fork(program);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.send({ certificate: certificate.certificate, key: certificate.key, backlog: mostKnocking });
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `https://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async stop() {
      process.off('exit', kill);
      await ended(child);
    },
  };
}
