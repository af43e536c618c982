import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { vi } from 'vitest';
import { makeCertificate } from '../../collector/gateway/certificate.ts';

/** Why the real receiver cannot be had here; undefined: it can. */
export function rsyslogMissing(): string | undefined {
  try {
    execFileSync('rsyslogd', ['-v'], { stdio: 'ignore' });
  } catch {
    return 'rsyslogd is not installed (apt-get install rsyslog rsyslog-gnutls)';
  }
  const drivers = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
  return drivers.some((folder) => existsSync(join(folder, 'rsyslog', 'lmnsd_gtls.so')))
    ? undefined
    : 'the TLS driver of rsyslog is not installed (apt-get install rsyslog-gnutls)';
}

/** A real rsyslogd with a configuration, port, certificates and process of its own. It wants a client certificate. */
export interface Rsyslog {
  port: number;
  /** Files for the settings: `ca`, and `certificate` and `key` of the client. */
  tls: { ca: string; certificate: string; key: string };
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Free texts of the messages that it wrote down. */
  received(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

export async function rsyslog(folder: string): Promise<Rsyslog> {
  const port = await steadyPort();
  const inFolder = (name: string) => join(folder, name);
  const output = inFolder('received.log');
  const said = inFolder('rsyslogd.log');
  for (const part of ['server', 'client']) {
    const made = await makeCertificate(['localhost'], Date.now());
    writeFileSync(inFolder(`${part}.pem`), made.certificate);
    writeFileSync(inFolder(`${part}-key.pem`), made.key);
  }
  writeFileSync(inFolder('rsyslog.conf'), configuration(folder, port, output));
  let running: ChildProcess | undefined;

  const made: Rsyslog = {
    port,
    tls: { ca: inFolder('server.pem'), certificate: inFolder('client.pem'), key: inFolder('client-key.pem') },
    async start() {
      running = spawn('rsyslogd', ['-n', '-f', inFolder('rsyslog.conf'), '-i', inFolder('rsyslog.pid')], {
        stdio: ['ignore', openSync(said, 'a'), openSync(said, 'a')],
      });
      try {
        await vi.waitFor(() => listens(port), { timeout: 60_000, interval: 100 });
      } catch (cause) {
        throw new Error(`rsyslogd did not come up: ${readFileSync(said, 'utf8')}`, { cause });
      }
    },
    async stop(signal = 'SIGTERM') {
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const ended = once(running, 'exit');
      running.kill(signal);
      await ended;
    },
    received: () => (existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1) : []),
    async [Symbol.asyncDispose]() {
      await made.stop('SIGKILL');
    },
  };
  return made;
}

function configuration(folder: string, port: number, output: string): string {
  return `
global(workDirectory="${folder}" maxMessageSize="512k"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="${folder}/client.pem"
  defaultNetstreamDriverCertFile="${folder}/server.pem"
  defaultNetstreamDriverKeyFile="${folder}/server-key.pem")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="text" type="string" string="%msg%\\n")
ruleset(name="all") { action(type="omfile" file="${output}" template="text" asyncWriting="off" flushOnTXEnd="on") }
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="all")
`;
}

/** A free port that no outgoing connection is given meanwhile: the receiver is away for a while and comes back to it. */
async function steadyPort(): Promise<number> {
  const [lowest, count] = [20_000, 10_000];
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(lowest, lowest + count);
    const isFree = await listens(port).then(
      () => false,
      () => true,
    );
    if (isFree) return port;
  }
  throw new Error('no port is free');
}

async function listens(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
