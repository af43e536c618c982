import type { Coverage } from '#shared/events/agent.ts';
import type { Watcher, WatcherContext, WatcherFactory } from '../watcher.ts';
import { saveInspector } from './inspecting.ts';
import { interestKeeper } from './interest.ts';
import { openLedger } from './ledger.ts';
import { type PendingOptions, pendingSaves, usualPending } from './pending.ts';
import { type Recorder, saveRecorder } from './recording.ts';
import { type Searches, searches } from './searching.ts';
import { sharedCopies } from './shared-copies.ts';
import type { SaveSignal, SaveSink, SaveSource } from './source.ts';
import { type Sweeping, sweeper } from './sweep.ts';

export interface DocumentSavesOptions {
  /** Secret of this computer, 32 bytes: tells files apart in events without naming them. */
  nameKey: Buffer;
  pending?: PendingOptions;
  sweep?: Pick<Sweeping, 'lookMilliseconds'>;
}

/**
 * Tells each save of a document in a watched place once. A save is a file closed after it was written, or put into
 * place under its name; what editors do around it (temporary files, locks, backups, several writes) is no save.
 *
 * A file renamed within its place, and a version that was recorded before, are no saves; a file moved to a watched
 * place from any other place is. While the agent is down nobody signals: at the next start, documents whose time is
 * later than what was last recorded are told with `foundByRescan`. At the very first start nothing is looked for,
 * because what lay there before was not saved under the agent's eyes.
 */
export function documentSaves(source: SaveSource, options: DocumentSavesOptions): WatcherFactory {
  return (context) => {
    let running: Run | undefined;
    return {
      name: 'document-saves',
      async start() {
        running = run(source, options, context);
        await running.begin();
      },
      async stop() {
        await running?.stop();
        running = undefined;
      },
      async check() {
        await running?.check();
      },
      coverage: () => withLimit(source.coverage(), running?.limit()),
    } satisfies Watcher;
  };
}

interface Run {
  begin(): Promise<void>;
  check(): Promise<void>;
  stop(): Promise<void>;
  /** What escapes this run beside what the source says of itself. */
  limit(): string | undefined;
}

function run(
  source: SaveSource,
  { nameKey, pending: waits = usualPending, sweep }: DocumentSavesOptions,
  context: WatcherContext,
): Run {
  const interest = interestKeeper(() => context.policy(), source);
  const startedAt = context.clock.now();
  const ledger = openLedger(context.recall(), startedAt);
  let listening: { stop(): Promise<void> } | undefined;
  let periodic: NodeJS.Timeout | undefined;
  let limit: string | undefined;

  const inspecting = saveInspector(context);
  const { inspections } = context;
  const { isBusy, isOnBattery, roots } = source;
  const copies = inspections && sharedCopies(inspections);
  const sweeping =
    inspections &&
    sweeper({
      context: { ...context, inspections },
      interest,
      roots,
      isBusy,
      isOnBattery,
      ...(source.isPlaceholder && { isPlaceholder: source.isPlaceholder }),
      ...sweep,
    });
  const pending = pendingSaves(context.clock, (saves) => recorder.take(saves), waits);
  const recorder: Recorder = saveRecorder({
    context,
    interest,
    ledger,
    nameKey,
    startedAt,
    ownerOf: source.ownerOf,
    ...(source.isPlaceholder && { isPlaceholder: source.isPlaceholder }),
    earliestElsewhere: () => (search.missing() ? ledger.upTo() : pending.earliest()),
    vanished: pending.vanished,
    recorded: inspecting.take,
    overfull: () => search.everythingSoon(),
  });
  const search: Searches = searches({
    clock: context.clock,
    interest,
    roots: source.roots,
    upTo: ledger.upTo,
    found: pending.add,
    settle,
    rescanned(complete) {
      const now = complete ? undefined : 'The last rescan was cut short: the disks hold more folders than it may walk.';
      if (now === limit) return;
      limit = now;
      context.coverageChanged();
    },
  });

  async function settle(): Promise<void> {
    pending.release();
    await recorder.done();
  }

  const sink: SaveSink = {
    extensions: () => interest().extensions,
    wants: (path) => interest().placeOf(path) !== null,
    coverageChanged: context.coverageChanged,
    lost: search.everythingSoon,
    sharedSeen(path) {
      if (interest().extensionOf(baseName(path)) !== null) copies?.seen(path);
    },
    sharedMissed: (isWatched) => inspections?.sharedMissed(isWatched),
    saved(signal) {
      if (isWanted(signal.path) && !isRename(signal)) pending.add(signal);
    },
    folderMoved(to, from) {
      if (from === undefined) search.folder(to, 'touched');
      else if (placeOfFolder(from) !== placeOfFolder(to)) search.folder(to, 'moved');
    },
  };

  function isWanted(path: string): boolean {
    return interest().placeOf(path) !== null && interest().extensionOf(baseName(path)) !== null;
  }

  /** A document under a new name is no new save, but a save that waits goes on waiting under that name. */
  function isRename(signal: SaveSignal): boolean {
    if (signal.from === undefined) return false;
    const followed = pending.rename(signal.from, signal);
    if (followed) return true;
    const { path } = signal.from;
    return isWanted(path) && interest().placeOf(path) === interest().placeOf(signal.path);
  }

  function placeOfFolder(path: string) {
    return interest().placeOf(`${path}/-`);
  }

  return {
    limit: () => limit,
    async begin() {
      if (ledger.firstRun) context.record([], ledger.with([], ledger.upTo()).memory);
      listening = await source.listen(sink);
      const every = source.rescanEveryMilliseconds();
      if (every !== null) periodic = setInterval(search.everythingSoon, every).unref();
      // The computer is in use while it starts: the walk for what was missed runs beside, and `check` waits for it.
      if (!ledger.firstRun) search.everythingSoon();
      sweeping?.start();
    },
    async check() {
      await search.everything();
      await settle();
    },
    async stop() {
      clearInterval(periodic);
      await listening?.stop();
      await search.stop();
      await sweeping?.stop();
      await settle();
      pending.stop();
      recorder.stop();
      inspecting.stop();
    },
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function withLimit(coverage: Coverage[], limit: string | undefined): Coverage[] {
  if (limit === undefined) return coverage;
  return coverage.map((area, index) => (index === 0 ? { ...area, limits: [...area.limits, limit].slice(-8) } : area));
}
