import { PortcullisError } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { type LookError, lookFailed, type WatcherContext } from '../watcher.ts';
import { type Ears, earsFor } from './ears.ts';
import type { SoftwareInventory } from './index.ts';
import type { Reader, Reading } from './reader.ts';
import { mostTitles, type Snapshot } from './snapshot.ts';

interface Progress {
  reader: Reader;
  /** Of what was last read; the absence of the package manager is one, too. */
  fingerprint?: string | undefined;
  limits: string[];
  trouble?: LookError | undefined;
  /** Whether every folder of its signs that is there is listened at. */
  hears: boolean;
}

const absent = 'absent';
const busyMilliseconds = 1000;
/** Some package managers give their sign before they are done, so a second look follows. */
const lateMilliseconds = 30_000;

/**
 * Reads every source on its own, and only when it changed. One that fails keeps its former titles.
 * @param makeEars what listens at the signs of the readers
 */
export function inventoryOf(
  readers: readonly Reader[],
  context: WatcherContext,
  makeEars: (hear: () => void) => Ears = earsFor,
): SoftwareInventory {
  const progress: Progress[] = readers.map((reader) => ({ reader, limits: [], hears: false }));
  let wake: (() => void) | undefined;
  let late: NodeJS.Timeout | undefined;
  let busy: NodeJS.Timeout | undefined;
  let told = '';
  const ears = makeEars(hear);

  async function look() {
    const seen: Snapshot = {};
    for (const each of progress) Object.assign(seen, await lookAt(each));
    listenToAll();
    const coverage = JSON.stringify(progress.map(coverageOf));
    if (coverage !== told) context.coverageChanged();
    told = coverage;
    return { ok: true as const, seen };
  }

  async function lookAt(each: Progress): Promise<Snapshot> {
    try {
      const fingerprint = (await each.reader.fingerprint()) ?? absent;
      const reading = fingerprint === each.fingerprint ? undefined : await readingOf(each.reader, fingerprint);
      each.trouble = undefined;
      if (reading === 'busy') lookAgainSoon();
      if (reading === undefined || reading === 'busy') return {};
      each.fingerprint = fingerprint;
      each.limits = reading.limits;
      return bySource(each.reader, reading.titles);
    } catch (error) {
      each.fingerprint = undefined;
      const known = each.trouble?.code;
      each.trouble = lookFailed(error, 'Could not be read').error;
      const { code } = each.trouble;
      if (code !== known) context.log.warn({ watcher: 'software', area: each.reader.area, code }, 'look failed');
      return {};
    }
  }

  function lookAgainSoon(): void {
    clearTimeout(busy);
    busy = setTimeout(() => wake?.(), busyMilliseconds).unref();
  }

  /** Also at each look, because a package manager may be installed later and its folders come then. */
  function listenToAll(): void {
    if (!wake) return;
    for (const each of progress) each.hears = ears.listenAt(each.reader.signs);
  }

  function hear(): void {
    wake?.();
    clearTimeout(late);
    late = setTimeout(() => wake?.(), lateMilliseconds).unref();
  }

  return {
    look,
    listen(wakeUp) {
      wake = wakeUp;
      listenToAll();
      return Promise.resolve({ stop });
    },
    coverage: () => progress.map(coverageOf),
    forget() {
      for (const each of progress) each.fingerprint = undefined;
    },
  };

  function stop(): Promise<void> {
    wake = undefined;
    clearTimeout(late);
    clearTimeout(busy);
    ears.stop();
    return Promise.resolve();
  }
}

async function readingOf(reader: Reader, fingerprint: string): Promise<Reading> {
  if (fingerprint === absent) return { titles: [], limits: [] };
  const reading = await reader.read();
  if (reading !== 'busy' && reading.titles.length > mostTitles) {
    throw new PortcullisError('tooMany', `There are more than ${mostTitles} titles.`);
  }
  return reading;
}

/** Every source of the reader is named, so that one without titles is known to be empty. */
function bySource(reader: Reader, titles: Software[]): Snapshot {
  return Object.fromEntries(
    reader.sources.map((source) => [source, titles.filter((title) => title.source === source)]),
  );
}

function coverageOf({ reader, fingerprint, limits, trouble, hears }: Progress): Coverage {
  const base = { watcher: 'software' as const, area: reader.area };
  if (trouble) return { ...base, state: 'failed', how: reader.how, limits: [cleanText(trouble.says)] };
  if (fingerprint === absent)
    return { ...base, state: 'unsupported', how: 'Not present on this computer.', limits: [] };
  const known = [...reader.limits, ...limits];
  return hears
    ? { ...base, state: 'watching', how: reader.how, limits: known }
    : {
        ...base,
        state: 'degraded',
        how: reader.how,
        limits: ['Looked at from time to time, not at the moment of a change.', ...known],
      };
}
