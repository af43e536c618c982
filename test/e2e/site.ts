import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { parseDocument } from 'yaml';
import type { EventKind, EventOf, PortcullisEvent } from '#shared/events/kinds.ts';
import type { ReportedAlert } from '../../collector/alerting/alerts-report.ts';

const program = (part: string) => fileURLToPath(new URL(`../../${part}/portcullis-${part}.cjs`, import.meta.url));
export const patient = { timeout: 120_000, interval: 500 };
/** For setting up: several programs are started one after the other, each in its own time. */
export const setUpMilliseconds = 600_000;
type Part = 'collector' | 'agent';

export interface SiteOptions {
  /** Port on which the collector listens. */
  port: number;
  /** Port at which the agent is told to find it, when something stands in between. */
  agentPort?: number;
  /** More of the agent's environment. */
  agentEnv?: NodeJS.ProcessEnv;
}

/** A collector and an agent as processes of their own, as they are installed, with one home that holds all they keep. */
export interface Site {
  home: string;
  start(part: Part): void;
  stop(part: Part): Promise<void>;
  kill(part: Part): Promise<void>;
  /** A command as typed. @returns what it printed. @throws with what it said when it fails */
  type(part: Part, ...args: string[]): Promise<string>;
  events<K extends EventKind>(kind: K): Promise<EventOf<K>[]>;
  alerts(): Promise<ReportedAlert[]>;
  /** Publishes the profile with some members set otherwise, and waits until the agent has it. */
  publish(members: Record<string, unknown>): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function site({ port, agentPort = port, agentEnv = {} }: SiteOptions): Promise<Site> {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
  const running: Partial<Record<Part, ChildProcess>> = {};
  const env = { ...process.env, PORTCULLIS_HOME: home, PORTCULLIS_PORT: String(port), PORTCULLIS_LOG: 'debug' };
  const envOf = (part: Part) => (part === 'agent' ? { ...env, ...agentEnv } : env);
  async function type(part: Part, ...args: string[]): Promise<string> {
    const options = { env: envOf(part), maxBuffer: 256 * 1024 * 1024 };
    return (await promisify(execFile)(process.execPath, [program(part), ...args], options)).stdout;
  }
  const answer = async <T>(part: Part, ...args: string[]) => JSON.parse(await type(part, ...args, '--json')) as T;
  const args: Record<Part, string[]> = {
    collector: ['serve', '--host', '127.0.0.1'],
    // Other tests, and people, use the disks of this computer meanwhile.
    agent: ['run', '--no-enforcement', '--log', join(home, 'agent.log')],
  };

  async function end(part: Part, signal: NodeJS.Signals): Promise<void> {
    const child = running[part];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  const made: Site = {
    home,
    type,
    start(part) {
      running[part] = spawn(process.execPath, [program(part), ...args[part]], { env: envOf(part), stdio: 'ignore' });
    },
    stop: (part) => end(part, 'SIGTERM'),
    kill: (part) => end(part, 'SIGKILL'),
    events: async <K extends EventKind>(kind: K) =>
      (await answer<PortcullisEvent[]>('collector', 'events', '--kind', kind)) as EventOf<K>[],
    alerts: () => answer<ReportedAlert[]>('collector', 'alerts'),
    async publish(members) {
      const { signed } = await answer<{ signed: { text: string } }>('collector', 'policy', 'show', '1');
      const document = parseDocument(signed.text);
      for (const [path, value] of Object.entries(members)) document.setIn(path.split('.'), value);
      const file = join(home, 'draft.yaml');
      writeFileSync(file, String(document));
      const agreed = ['--reason', 'a test', '--approver', 'nobody'];
      const { version } = await answer<{ version: number }>('collector', 'policy', 'publish', file, ...agreed);
      await vi.waitFor(() => {
        const status = readFileSync(join(home, 'agent', 'status.json'), 'utf8');
        expect(JSON.parse(status)).toMatchObject({ policyVersion: version });
      }, patient);
      return version;
    },
    async [Symbol.asyncDispose]() {
      await end('agent', 'SIGTERM');
      await end('collector', 'SIGTERM');
      rmSync(home, { recursive: true, force: true });
    },
  };
  await type('collector', 'init', '--organisation', 'Example Care');
  made.start('collector');
  const { code } = await vi.waitFor(() => answer<{ code: string }>('collector', 'token', 'create'), patient);
  await vi.waitFor(
    () => type('agent', 'enrol', '--collector', `https://127.0.0.1:${agentPort}`, '--code', code, '--replace'),
    patient,
  );
  made.start('agent');
  await vi.waitFor(async () => expect(await made.events('agent.started')).toHaveLength(1), patient);
  return made;
}
