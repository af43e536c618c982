import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { loadCertificate } from '../../collector/gateway/certificate.ts';
import { createToken } from '../../collector/gateway/tokens.ts';
import { createHome, openHome } from '../../collector/home.ts';
import { openStore } from '../../collector/store/database.ts';

/** A real collector in a process of its own, with its home in a temporary folder. */
export interface CollectorChild {
  url: string;
  pid: number;
  folder: string;
  store: string;
  /** One-time enrolment codes. */
  codes(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** pino's number for it. */
const error = 50;
const program = fileURLToPath(new URL('../../collector/portcullis-collector.cjs', import.meta.url));

/** Flags for Node in PORTCULLIS_BENCH_NODE_FLAGS are for profiling, for example `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
export async function startCollectorChild(): Promise<CollectorChild> {
  const nodeFlags = process.env.PORTCULLIS_BENCH_NODE_FLAGS?.split(' ') ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  createHome(join(folder, 'collector'), { organisation: 'bench', profile: 'focus' });
  const child = spawn(process.execPath, [...nodeFlags, program, 'serve', '--host', '127.0.0.1'], {
    env: { ...process.env, PORTCULLIS_HOME: folder, PORTCULLIS_PORT: '0', PORTCULLIS_LOG: 'info' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const clear = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clear);
  const home = openHome(join(folder, 'collector'));
  const url = `https://127.0.0.1:${await portOf(child)}`;
  return {
    url,
    pid: child.pid ?? 0,
    folder,
    store: home.store,
    async codes(count) {
      const { store, close } = openStore(home.store);
      try {
        const { fingerprint } = await loadCertificate(home, systemClock.now());
        const codes: string[] = [];
        for (let made = 0; made < count; made += 1) {
          codes.push(enrolmentCode(await createToken(store, systemClock.now()), fingerprint));
        }
        return codes;
      } finally {
        await close();
      }
    },
    async stop() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      process.off('exit', clear);
      clear();
    },
  };
}

/** Reads the log until it says where the collector listens, and goes on reading so that the pipe never fills. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(new PortcullisError('collectorEnded', 'The collector ended before it listened.'));
    child.once('exit', failed);
    if (!child.stdout) return failed();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { level: number; msg: string; port?: number };
      if (said.level >= error) process.stderr.write(`${line}\n`);
      if (said.msg === 'collector listens' && said.port !== undefined) resolve(said.port);
    });
  });
}
