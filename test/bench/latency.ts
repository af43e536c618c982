import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { PortcullisError } from '#shared/errors.ts';
import { type CollectorChild, ended, startCollectorChild } from '../estate/collector-child.ts';
import { linuxTree } from '../fakes/linux-tree.ts';
import { enrolAgent } from './agent.ts';
import { addVisitor, visitConsole } from './console-visitor.ts';
import { type Bench, type Measured, percentile } from './figures.ts';

interface Plan {
  runs: number;
  signals: number;
}
const usual: Plan = { runs: 5, signals: 12 };
const quickPlan: Plan = { runs: 1, signals: 2 };
const bareName = 'fs.watch, a row in a file of SQLite, a TLS WebSocket, a row in another';

/** Milliseconds from the signal. */
interface Times {
  disk: number;
  stored: number;
  row: number;
}

/** How long it takes from a stick's appearing until it is on the agent's disk, in the collector's store, and on a page. */
export const latencyBench: Bench = {
  about: "from a device's signal to the agent's disk, the collector's store and a row on the console",
  async run({ quick, progress }) {
    const plan = quick ? quickPlan : usual;
    const collector = await startCollectorChild();
    const children: ChildProcess[] = [];
    try {
      const ours = await openOurs(collector, children);
      const bare = await openBare(collector, children);
      const times: { ours: Times[]; bare: Times[] }[] = [];
      // The first of each wakes up what sleeps, and is not counted.
      for (const side of [ours, bare]) await side.signal('Bench stick');
      for (let run = 0; run < plan.runs; run += 1) {
        const both: { ours: Times[]; bare: Times[] } = { ours: [], bare: [] };
        times.push(both);
        for (let signal = 0; signal < plan.signals; signal += 1) {
          progress(`run ${run + 1} of ${plan.runs}, signal ${signal + 1}`);
          both.ours.push(await ours.signal(`Bench stick ${run}-${signal}`));
          both.bare.push(await bare.signal(`${run}-${signal}`));
        }
      }
      ours.close();
      return figures(times, plan);
    } finally {
      for (const child of children) await ended(child);
      await collector.stop();
    }
  },
};

interface Side {
  signal(name: string): Promise<Times>;
  close(): void;
}

/** A real agent whose /sys and /dev are a temporary folder, a real collector, and somebody who looks at the alerts. */
async function openOurs(collector: CollectorChild, children: ChildProcess[]): Promise<Side> {
  const { PORTCULLIS_HOME: home } = await enrolAgent(collector);
  const folder = join(home, 'agent');
  const tree = linuxTree().usbBus();
  children.push(await startChild(inTest('fakes/tree-agent.ts'), [folder, JSON.stringify(tree.roots)]));
  await addVisitor(collector.store);
  const visitor = await visitConsole(collector.url);
  let rung: () => void = () => undefined;
  const hangUp = visitor.listen('/alerts/live', () => rung());
  const spool = gauge(join(folder, 'spool.sqlite'), "SELECT seq AS value FROM chain WHERE name = 'head'");
  const store = gauge(collector.store, 'SELECT head_seq AS value FROM computers');

  /** Like an open page: at the bell it fetches itself again. */
  async function shown(product: string): Promise<number> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      rung = resolve;
      await promise;
      if ((await visitor.read('/alerts')).includes(product)) return performance.now();
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

async function openBare({ folder, certificate }: CollectorChild, children: ChildProcess[]): Promise<Side> {
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

function figures(times: readonly { ours: Times[]; bare: Times[] }[], { signals }: Plan): Measured[] {
  const how =
    `${signals} sticks a run, 3 s apart, put into the /sys and /dev of a real agent, which looks, decides, chains, stores and sends; seen by looking at both files of SQLite every millisecond; ` +
    'agent, collector, yardstick and looker on the same computer, the yardstick in turn with ours';
  const stages: [stage: keyof Times, figure: string, hasYardstick: boolean][] = [
    ['disk', 'on-agents-disk', true],
    ['stored', 'stored', true],
    ['row', 'on-console', false],
  ];
  return stages.flatMap(([stage, figure, hasYardstick]) =>
    ([0.5, 0.95] as const).map((share): Measured => {
      const of = (values: readonly Times[]) =>
        percentile(
          values.map((one) => one[stage]),
          share,
        );
      return {
        figure: `${figure}-p${share * 100}`,
        unit: 'ms',
        values: times.map(({ ours }) => of(ours)),
        yardstick: hasYardstick ? { name: bareName, values: times.map(({ bare }) => of(bare)) } : 'none: a time',
        how: stage === 'row' ? `${how}; the list of alerts rings, is fetched again, and has the row` : how,
      };
    }),
  );
}
