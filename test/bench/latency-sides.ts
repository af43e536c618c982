import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { PortcullisError } from '#shared/errors.ts';
import type { CollectorChild } from '../estate/collector-child.ts';
import { linuxTree } from '../fakes/linux-tree.ts';
import { enrolAgent } from './agent.ts';
import { addVisitor, visitConsole } from './console-visitor.ts';

/** Milliseconds from the signal. */
export interface Times {
  disk: number;
  stored: number;
  row: number;
}

/** Where a stick can be put in, and what then happens be watched. */
export interface Side {
  signal(name: string): Promise<Times>;
  close(): void;
}

/** The list of alerts of this computer alone: others raise some too. */
const page = `/alerts?computer=${encodeURIComponent(hostname())}`;

/** A real agent whose /sys and /dev are a temporary folder, a real collector, and somebody who looks at the alerts. */
export async function openOurs(collector: CollectorChild, children: ChildProcess[]): Promise<Side> {
  const { PORTCULLIS_HOME: home } = await enrolAgent(collector);
  const folder = join(home, 'agent');
  const tree = linuxTree().usbBus();
  children.push(await startChild(inTest('fakes/tree-agent.ts'), [folder, JSON.stringify(tree.roots)]));
  await addVisitor(collector.store);
  const visitor = await visitConsole(collector.url);
  let rings = 0;
  let rung: () => void = () => undefined;
  const hangUp = visitor.listen('/alerts/live', () => {
    rings += 1;
    rung();
  });
  const spool = gauge(join(folder, 'spool.sqlite'), "SELECT seq AS value FROM chain WHERE name = 'head'");
  const store = gauge(collector.store, 'SELECT head_seq AS value FROM computers ORDER BY no LIMIT 1');

  /** Like an open page: at the bell it fetches itself again, and once more when it rang meanwhile. */
  async function shown(product: string): Promise<number> {
    for (let heard = rings; ; ) {
      if (rings === heard) {
        const { promise, resolve } = Promise.withResolvers<void>();
        rung = resolve;
        await promise;
      }
      heard = rings;
      if ((await visitor.read(page)).includes(product)) return performance.now();
    }
  }

  return {
    async signal(product) {
      // By then the looks after the last signal are over, and the bell may ring at once.
      await sleep(lookAgainMilliseconds);
      tree.usb('1-4', { vendorId: '0781', productId: '5581', product, serial: product, interfaces: ['08:06:50'] });
      const node = `${tree.roots.dev}/bus/usb/001/004`;
      const began = performance.now();
      const waits = Promise.all([spool.moved(), store.moved(), shown(product)]);
      writeFileSync(node, '');
      const [disk, stored, row] = await waits;
      await sleep(lookAgainMilliseconds);
      tree.unplug('1-4');
      rmSync(node);
      return { disk: disk - began, stored: stored - began, row: row - began };
    },
    close() {
      hangUp();
      visitor.close();
      tree[Symbol.dispose]();
    },
  };
}

export async function openBare({ folder, certificate }: CollectorChild, children: ChildProcess[]): Promise<Side> {
  const bare = join(folder, 'bare');
  const signals = join(bare, 'signals');
  mkdirSync(signals, { recursive: true });
  children.push(await startChild(inTest('bench/bare-pipeline.ts'), [bare, certificate.certificate, certificate.key]));
  const [near, far] = ['near', 'far'].map((name) =>
    gauge(join(bare, `${name}.sqlite`), 'SELECT max(id) AS value FROM row'),
  );
  return {
    async signal(name) {
      const began = performance.now();
      const waits = Promise.all([near?.moved(), far?.moved()]);
      writeFileSync(join(signals, name), '');
      const [disk = Number.NaN, stored = Number.NaN] = await waits;
      return { disk: disk - began, stored: stored - began, row: Number.NaN };
    },
    close: () => undefined,
  };
}

/** More than the agent waits before it looks again after a signal. */
const lookAgainMilliseconds = 1500;
const longestMilliseconds = 60_000;

/** A number in a file of SQLite that another process writes. */
function gauge(file: string, sql: string): { moved(): Promise<number> } {
  const statement = new Database(file, { readonly: true }).prepare<[], { value: number | null }>(sql);
  const read = () => statement.get()?.value;
  return {
    /** @returns the moment at which another number was seen than now */
    async moved() {
      const before = read();
      const began = performance.now();
      while (read() === before) {
        if (performance.now() - began > longestMilliseconds)
          throw new PortcullisError('nothingCame', 'A signal did not arrive within a minute: no figure.');
        await sleep(1);
      }
      return performance.now();
    },
  };
}

const inTest = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** @returns once it says that it is ready */
async function startChild(program: string, args: string[]): Promise<ChildProcess> {
  const child = fork(program, args);
  await once(child, 'message');
  return child;
}
