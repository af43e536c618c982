import { lstat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '#shared/errors.ts';
import type { BandCounts, PathClass } from '#shared/events/document.ts';
import type { EventData } from '#shared/events/kinds.ts';
import { type Band, bands } from '#shared/identifiers/inspection.ts';
import { detectorVersion } from '../../identifiers/detector/version.ts';
import type { Inspections } from '../../identifiers/inspections.ts';
import type { Verdict } from '../../identifiers/seen.ts';
import { rescan } from '../rescan.ts';
import type { WatcherContext } from '../watcher.ts';
import type { Interest } from './interest.ts';

export interface Sweeping {
  context: WatcherContext & { inspections: Inspections };
  interest(): Interest;
  roots(): string[];
  /** Whether the computer has better things to do just now. */
  isBusy(): Promise<boolean>;
  isOnBattery(): Promise<boolean>;
  /** See `SaveSource.isPlaceholder`. */
  isPlaceholder?(path: string): boolean;
  /** How often to look whether a sweep is due, and whether a paused one may go on, in milliseconds. */
  lookMilliseconds?: number;
}

const hour = 60 * 60 * 1000;
/** The computer is in use while it starts, so that the first look comes this late, in milliseconds. */
const usualLook = 5 * 60_000;
/** So many files are asked for at once: enough that one is read while another waits, few enough to stop at once. */
const together = 2;
const limits = { mostFolders: 200_000, deepest: 64, workMilliseconds: 10 };

/**
 * Goes through the documents on local disks now and then, looks into those that are new, changed, or were counted by
 * another detector, and tells what lies there. Whatever else is to be looked into goes first.
 */
export function sweeper({
  context,
  interest,
  roots,
  isBusy,
  isOnBattery,
  isPlaceholder,
  lookMilliseconds = usualLook,
}: Sweeping): {
  start(): void;
  stop(): Promise<void>;
} {
  const { inspections, clock, log } = context;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function isDue(): boolean {
    const { sweep } = inspections.settings();
    const before = inspections.sweptAt() ?? Number.NEGATIVE_INFINITY;
    // A clock that was put back would otherwise hold the next one off for long.
    return sweep !== undefined && (clock.now() - before >= sweep.everyHours * hour || before > clock.now());
  }

  async function mustWait(): Promise<boolean> {
    const onBattery = inspections.settings().sweep?.onBattery ?? false;
    return inspections.backlog().longestMilliseconds > 0 || (!onBattery && (await isOnBattery())) || (await isBusy());
  }

  async function sweepIfDue(): Promise<void> {
    if (!isDue() || (await mustWait())) return;
    const swept = await sweep();
    if (signal.aborted) return;
    context.record([{ kind: 'documents.swept', data: swept }]);
    inspections.noteSwept();
  }

  async function sweep(): Promise<EventData<'documents.swept'>> {
    const started = clock.monotonic();
    const { drill } = inspections.settings();
    const tally = placeTally();
    const here = interest();
    const asked = new Set<Promise<void>>();
    let inspected = 0;
    let worst: Band | undefined;

    async function found(path: string): Promise<void> {
      const place = here.placeOf(path);
      const state = place === null || isPlaceholder?.(path) ? undefined : await lstat(path).catch(() => undefined);
      if (place === null || !state?.isFile() || state.size === 0) return;
      const known = inspections.known(state);
      if (known !== undefined) return tally.add(place, known);
      while (!signal.aborted && (await mustWait())) await pause(lookMilliseconds, undefined, { signal, ref: false });
      const asking = inspections.inspect({ path, state, urgency: 'whenever' }).then(({ findings }) => {
        const { status, band } = findings.inspection;
        const verdict = status === 'inspected' && band !== undefined ? band : 'not-inspected';
        inspected++;
        if (verdict !== 'not-inspected') worst = worseOf(worst, verdict);
        tally.add(place, verdict);
        asked.delete(asking);
      });
      asked.add(asking);
      if (asked.size >= together) await Promise.race(asked);
    }

    const isWanted = (name: string) => here.extensionOf(name) !== null;
    const isComplete = await rescan({ roots: roots(), enters: here.enters, isWanted, found, signal }, limits);
    await Promise.all(asked);
    return {
      detector: detectorVersion,
      drill,
      files: tally.files(),
      inspected,
      places: tally.places(),
      ...(worst !== undefined && { worstNew: worst }),
      isComplete,
      durationMs: Math.round(clock.monotonic() - started),
    };
  }

  function look(): void {
    running ??= sweepIfDue()
      .catch((error: unknown) => {
        if (!signal.aborted) log.error({ watcher: 'document-saves', code: errorCode(error) }, 'the sweep failed');
      })
      .finally(() => {
        running = undefined;
      });
  }

  return {
    start() {
      timer = setInterval(look, lookMilliseconds).unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

function worseOf(one: Band | undefined, other: Band): Band {
  return one !== undefined && bands.indexOf(one) > bands.indexOf(other) ? one : other;
}

function placeTally() {
  const counts = new Map<PathClass, { bands: BandCounts; notInspected: number }>();
  let files = 0;
  return {
    files: () => files,
    add(place: PathClass, verdict: Verdict): void {
      files++;
      const before = counts.get(place) ?? { bands: {}, notInspected: 0 };
      if (verdict === 'not-inspected') counts.set(place, { ...before, notInspected: before.notInspected + 1 });
      else counts.set(place, { ...before, bands: { ...before.bands, [verdict]: (before.bands[verdict] ?? 0) + 1 } });
    },
    places: () => [...counts].map(([place, count]) => ({ place, ...count })),
  };
}
