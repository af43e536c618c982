import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { PortcullisError } from '#shared/errors.ts';
import { readIfThere } from '#shared/files.ts';
import { type AgentHome, agentHome } from '../../agent/home.ts';
import { readIdentity } from '../../agent/identity.ts';
import { type SpoolFigures, spoolFigures } from '../../agent/spool/spool.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import { type Preload, preload } from './preload.ts';
import { type Program, program, type Starting } from './program.ts';
import { type FaultProxy, faultProxy } from './proxy.ts';
import { agentCount, copyTemplate } from './template.ts';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const patience = 60_000;

export type StartOptions = Omit<Starting, 'args'>;

export interface GroundCollector {
  home: string;
  store: string;
  program: Program;
  /** Resolves when it takes agents. @throws PortcullisError `collectorEnded` when it ends instead */
  start(options?: StartOptions): Promise<void>;
  log(): string;
}

export interface GroundAgent {
  home: AgentHome;
  computerId: string;
  program: Program;
  /** @param rate events a second that it makes up */
  start(rate: number, options?: StartOptions & { spoolBytes?: number }): void;
  /** Makes up no more events. */
  quieten(): void;
  /** Every number up to this one was accepted by its spool. */
  accepted(): number;
  /** Times that its spool refused. */
  refused(): number;
  spool(): SpoolFigures | undefined;
  log(): string;
}

/** Where a fault is tried: a collector, agents, the network in between, in a folder of their own. */
export interface Ground extends AsyncDisposable {
  folder: string;
  random: Random;
  collector: GroundCollector;
  /** The first agent, and all. */
  agent: GroundAgent;
  agents: GroundAgent[];
  network: FaultProxy;
  /** @param files what the path of every file concerned holds */
  preload(name: string, files: string): Preload;
  /** Waits for a condition; what it is goes into the error. */
  until(what: string, holds: () => boolean | Promise<boolean>, milliseconds?: number): Promise<void>;
  /** A random while, in milliseconds below the limit: the moment is the random thing, not something waited for. */
  aWhile(limit: number): Promise<void>;
}

export interface GroundParts {
  template: string;
  library: string | undefined;
  seed: number;
}

export async function makeGround({ template, library, seed }: GroundParts): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-faults-'));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear);
  const network = await faultProxy();
  const site = join(folder, 'site');
  copyTemplate(template, site, network.port);
  const random = randomOf(seed);
  const collector = groundCollector(site, network);
  const agents = Array.from({ length: agentCount }, (_, index) => groundAgent(site, index));
  const [agent] = agents;
  if (!agent) throw new TypeError('a ground has an agent');
  return {
    folder,
    random,
    collector,
    agent,
    agents,
    network,
    preload(name, files) {
      if (library === undefined) throw new TypeError('this fault asked for no library');
      return preload(library, join(folder, `${name}.control`), files);
    },
    until,
    aWhile: (limit) => wait(random.below(limit)),
    async [Symbol.asyncDispose]() {
      for (const one of [collector, ...agents]) await one.program.end('SIGKILL');
      await network[Symbol.asyncDispose]();
      process.off('exit', clear);
      clear();
    },
  };
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds = patience,
): Promise<void> {
  const last = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > last) throw new PortcullisError('waitedInVain', `Waited in vain: ${what}.`);
    await wait(20);
  }
}

function groundCollector(site: string, network: FaultProxy): GroundCollector {
  const home = join(site, 'collector');
  const logFile = join(site, 'collector.log');
  const running = program('The collector', logFile);
  const log = () => readIfThere(logFile) ?? '';
  return {
    home,
    store: join(home, 'store.sqlite'),
    program: running,
    log,
    async start({ env, ...options } = {}) {
      const before = log().length;
      running.start({
        args: [inRoot('collector/portcullis-collector.cjs'), 'serve', '--host', '127.0.0.1'],
        env: { PORTCULLIS_HOME: site, PORTCULLIS_PORT: '0', ...env },
        ...options,
      });
      let port: string | undefined;
      await until('the collector listens', () => {
        [, port] = /"port":(\d+),"msg":"collector listens"/.exec(log().slice(before)) ?? [];
        return port !== undefined || !running.running();
      });
      if (port === undefined) throw new PortcullisError('collectorEnded', 'The collector ended before it listened.');
      network.target = Number(port);
    },
  };
}

function groundAgent(site: string, index: number): GroundAgent {
  const folder = join(site, `agent-${index}`);
  const home = agentHome(folder);
  const running = program(`Agent ${index}`, join(folder, 'output.log'));
  const lines = (name: string) => (readIfThere(join(folder, name)) ?? '').split('\n').slice(0, -1);
  return {
    home,
    computerId: readIdentity(home.identity).computerId,
    program: running,
    start(rate, { spoolBytes, ...options } = {}) {
      rmSync(join(folder, 'quiet'), { force: true });
      const bytes = spoolBytes === undefined ? [] : [String(spoolBytes)];
      running.start({ args: [inRoot('test/fakes/load-agent.ts'), folder, String(rate), ...bytes], ...options });
    },
    quieten() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'quiet'), '');
    },
    accepted: () => Number(lines('accepted').at(-1) ?? 0),
    refused: () => lines('refused').length,
    spool: () => (existsSync(home.spool) ? figuresOf(home.spool) : undefined),
    log: () => ['agent.log', 'output.log'].map((name) => readIfThere(join(folder, name)) ?? '').join(''),
  };
}

/** Undefined while the spool cannot be looked into. */
function figuresOf(file: string): SpoolFigures | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    return spoolFigures(database);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
