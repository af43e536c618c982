import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '#shared/errors.ts';
import type { EventKind } from '#shared/events/kinds.ts';
import { openStore } from '../../collector/store/database.ts';
import type { CollectorChild } from '../estate/collector-child.ts';
import { type Load, noLoad, startLoad, usualLoad } from './agent-load.ts';
import {
  percentOfCore,
  residentMegabytes,
  sampled,
  type Times,
  timesText,
  type WindowFigure,
  wakeUpsPerSecond,
} from './agent-windows.ts';
import { type BenchContext, type Measured, median } from './figures.ts';

interface Plan {
  busy: Times;
  /** At each of the rates. */
  growing: Times;
  /** Times the usual saves. */
  factors: readonly number[];
}
const usual: Plan = {
  busy: { settle: 30_000, window: 60_000, windows: 3 },
  growing: { settle: 10_000, window: 10_000, windows: 3 },
  factors: [1, 2, 4, 8],
};
const quickPlan: Plan = {
  busy: { settle: 5000, window: 12_000, windows: 1 },
  growing: { settle: 2000, window: 3000, windows: 1 },
  factors: [1, 2],
};

const readings: readonly WindowFigure[] = [
  ['busy-cpu', '% of a core', percentOfCore],
  ['busy-wake-ups', '/s', wakeUpsPerSecond],
  ['busy-resident-memory', 'MB', residentMegabytes],
];

/** A running agent, its collector, and what it took while nobody did anything, in percent of a core. */
interface Watched {
  pid: number;
  collector: CollectorChild;
  idle: readonly number[];
}

/**
 * What an agent takes while people work, and while they work more and more. Nothing where there can be no such load.
 * @throws PortcullisError `eventsMissing` when the agent was quick because it did not look
 */
export async function busyFigures(watched: Watched, context: BenchContext): Promise<Measured[]> {
  if (noLoad !== undefined) return [];
  const plan = context.quick ? quickPlan : usual;
  const load = startLoad();
  try {
    const busy = await atUsualLoad(watched, load, plan, context);
    return [...busy, ...(await growth(watched, load, plan, context))];
  } finally {
    load.stop();
  }
}

async function atUsualLoad(
  { pid, collector }: Watched,
  load: Load,
  { busy }: Plan,
  context: BenchContext,
): Promise<Measured[]> {
  const [samples = []] = await sampled([pid], busy, context);
  const { saves, plugs } = load.done;
  await told(collector, saves, plugs);
  const how =
    `${usualLoad.saves} saves a minute of letters (.docx) that are each read for identifiers, and ${usualLoad.plugs} plugs a minute of a ` +
    `disk image that is mounted; ${timesText(busy)}; ` +
    `the agent and all it started; ${saves} saves and ${plugs} plugs, all of them told`;
  return readings.map(([figure, unit, read]) => ({
    figure,
    unit,
    values: samples.map(read),
    yardstick: 'none: nothing else here does the same',
    how,
  }));
}

/** What one save costs when there are more and more a minute. */
async function growth(
  { pid, collector, idle }: Watched,
  load: Load,
  { growing, factors }: Plan,
  { progress }: BenchContext,
): Promise<Measured[]> {
  const figures: Measured[] = [];
  for (const factor of factors) {
    const size = usualLoad.saves * factor;
    load.pace({ saves: size, plugs: 0 });
    progress(`${size} saves a minute`);
    await sleep(growing.settle);
    const values: number[] = [];
    for (let window = 0; window < growing.windows; window += 1) {
      const before = load.done.saves;
      const [[sample] = []] = await sampled([pid], { ...growing, settle: 0, windows: 1 }, { progress });
      if (!sample) continue;
      const share = (percentOfCore(sample) - median(idle)) / 100;
      values.push((share * sample.milliseconds) / (load.done.saves - before));
    }
    figures.push({
      figure: `save-at-${size}-a-minute`,
      unit: 'ms a save',
      values,
      yardstick: 'none: it is beside itself',
      how: `processor time of the agent and all it started, less what it takes idle, for each letter (.docx) saved and read for identifiers; no plugs; ${timesText(growing)} at each rate; at the end all of them were told`,
      growth: { row: 'processor time of a save', of: 'saves a minute', size },
    });
  }
  load.pace({ saves: 0, plugs: 0 });
  // A plug that was cut short by the first change of pace need not have been seen.
  await told(collector, load.done.saves, 0);
  return figures;
}

/** Waits until the collector has an event of each save and plug. */
async function told({ store: file }: CollectorChild, saves: number, plugs: number): Promise<void> {
  const { store, close } = openStore(file);
  const count = async (kind: EventKind) => {
    const { many } = await store
      .selectFrom('events')
      .select(({ fn }) => fn.countAll<number>().as('many'))
      .where('kind', '=', kind)
      .executeTakeFirstOrThrow();
    return many;
  };
  try {
    for (let waited = 0; waited < 60; waited += 1) {
      if ((await count('document.saved')) >= saves && (await count('media.mounted')) >= plugs) return;
      await sleep(1000);
    }
    const [saved, mounted] = [await count('document.saved'), await count('media.mounted')];
    throw new PortcullisError(
      'eventsMissing',
      `${saved} of ${saves} saves and ${mounted} of ${plugs} plugs were told.`,
    );
  } finally {
    await close();
  }
}
