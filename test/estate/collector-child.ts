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
  certificate: { certificate: string; key: string };
  /** An enrolment code for so many computers. */
  code(computers: number): Promise<string>;
  /** Ends the process and starts another on the same home and port. */
  restart(): Promise<void>;
  /** Ends the process and leaves the home, to be looked into. */
  halt(): Promise<void>;
  /** Ends the process, and removes the home. */
  stop(): Promise<void>;
}

/** pino's number for it. */
const error = 50;
const program = fileURLToPath(new URL('../../collector/portcullis-collector.cjs', import.meta.url));

/**
 * @param user names its temporary folder, so that whoever clears up after one leaves those of the others alone
 *
 * Flags for Node in PORTCULLIS_BENCH_NODE_FLAGS are for profiling, for example `--cpu-prof --cpu-prof-dir=/tmp/profile`.
 */
export async function startCollectorChild(user: 'bench' | 'estate' | 'soak' = 'bench'): Promise<CollectorChild> {
  const folder = mkdtempSync(join(tmpdir(), `portcullis-${user}-`));
  createHome(join(folder, 'collector'), { organisation: 'bench', profile: 'focus' });
  let child = startIn(folder, 0);
  const clear = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clear);
  const home = openHome(join(folder, 'collector'));
  const port = await portOf(child);
  const loaded = await loadCertificate(home, systemClock.now());
  return {
    url: `https://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    folder,
    store: home.store,
    certificate: loaded,
    async code(computers) {
      const { store, close } = openStore(home.store);
      try {
        return enrolmentCode(await createToken(store, systemClock.now(), { uses: computers }), loaded.fingerprint);
      } finally {
        await close();
      }
    },
    async restart() {
      await ended(child);
      child = startIn(folder, port);
      await portOf(child);
    },
    halt: () => ended(child),
    async stop() {
      await ended(child);
      process.off('exit', clear);
      clear();
    },
  };
}

function startIn(folder: string, port: number): ChildProcess {
  const nodeFlags = process.env.PORTCULLIS_BENCH_NODE_FLAGS?.split(' ') ?? [];
  return spawn(process.execPath, [...nodeFlags, program, 'serve', '--host', '127.0.0.1'], {
    env: { ...process.env, PORTCULLIS_HOME: folder, PORTCULLIS_PORT: String(port), PORTCULLIS_LOG: 'info' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Asks a process to end, and waits until it did. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
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
