import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import { errorCode } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import type { FilePath } from '../../platform/file-signals.ts';
import { findFile } from '../find-file.ts';
import { nameHash } from '../name-hash.ts';
import { bytesTold } from '../told-bytes.ts';
import type { ChangeOf, WatcherContext } from '../watcher.ts';
import type { Interest } from './interest.ts';
import { type Ledger, type Saved, slackMilliseconds, versionOf } from './ledger.ts';
import type { PendingSave } from './pending.ts';
import type { SaveSignal, SaveSource } from './source.ts';

const mostInOneRecord = 500;
const mostHeld = 20_000;
const retryMilliseconds = 5_000;

export interface Recording {
  context: WatcherContext;
  interest(): Interest;
  ledger: Ledger;
  nameKey: Buffer;
  /** Wall-clock time from which changes of files are this run's to tell, in milliseconds. */
  startedAt: number;
  ownerOf: SaveSource['ownerOf'];
  isPlaceholder?: SaveSource['isPlaceholder'];
  /** Wall-clock time of the earliest save that is known of but not handed to `take` yet. */
  earliestElsewhere(): number | undefined;
  /** Takes a save back whose file is not where it was. */
  vanished(save: PendingSave): void;
  /** Takes saves once they are on the disk. */
  recorded(saves: readonly RecordedSave[]): void;
  /** Saves had to be let go because the disk took none for long: they must be looked for later. */
  overfull(): void;
}
/** A save that was told, and the file as it was then. */
export interface RecordedSave {
  change: ChangeOf<'document.saved'>;
  file: FilePath & { stats: Stats };
}
export interface Recorder {
  take(saves: readonly PendingSave[]): void;
  /** Resolves when all that was taken is recorded, or could not be. */
  done(): Promise<void>;
  stop(): void;
}

/** Looks at what was saved and records it. What the disk does not take stays in line and is tried again. */
export function saveRecorder(recording: Recording): Recorder {
  const { context, ledger } = recording;
  const line: PendingSave[] = [];
  let writing: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  function write(): Promise<void> {
    writing ??= writeLine().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function writeLine(): Promise<void> {
    while (line.length > 0) {
      const batch = line.slice(0, mostInOneRecord);
      const looked = await Promise.all(batch.map((save) => lookAt(save, recording)));
      const found = withoutRepeats(looked.flat());
      const stored = ledger.with(found, doneUpTo(batch.length));
      try {
        if (found.length > 0)
          context.record(
            found.map(({ change }) => change),
            stored.memory,
          );
      } catch (error) {
        context.log.error({ watcher: 'document-saves', code: errorCode(error) }, 'saves could not be recorded');
        retry ??= setTimeout(tryAgain, retryMilliseconds);
        return;
      }
      if (found.length > 0) {
        stored.keep();
        recording.recorded(found);
      }
      line.splice(0, batch.length);
    }
  }

  function tryAgain(): void {
    retry = undefined;
    write().catch(() => undefined);
  }

  /** Everything before the earliest save that is still on its way is recorded. */
  function doneUpTo(leaving: number): number {
    let earliest = Math.min(context.clock.now(), recording.earliestElsewhere() ?? Number.POSITIVE_INFINITY);
    for (const { signal, since } of line.slice(leaving)) {
      earliest = Math.min(earliest, signal.how === 'found' ? ledger.upTo() : since);
    }
    return earliest - slackMilliseconds;
  }

  return {
    take(saves) {
      if (line.length + saves.length > mostHeld) return recording.overfull();
      line.push(...saves);
      if (!retry) write().catch(() => undefined);
    },
    done: write,
    stop: () => clearTimeout(retry),
  };
}

interface Found extends Saved, RecordedSave {}

/** One change at most: none if the file is gone, empty, no plain file, or was not saved at all. */
async function lookAt(save: PendingSave, recording: Recording): Promise<Found[]> {
  const { signal, since } = save;
  const file = await findFile(signal);
  if (!file) recording.vanished(save);
  // An empty file holds no document: browsers and editors put one down to keep the name.
  if (!file?.stats.isFile() || file.stats.size === 0) return [];
  if (recording.isPlaceholder?.(file.path)) return [];
  const interest = recording.interest();
  const place = interest.placeOf(file.path);
  const extension = interest.extensionOf(posix.basename(file.path));
  if (place === null || extension === null) return [];
  const saved = { version: versionOf(file.stats, place), time: Math.max(file.stats.mtimeMs, file.stats.birthtimeMs) };
  const begin = Math.min(recording.startedAt, since) - slackMilliseconds;
  if (recording.ledger.has(saved.version) || !changedSince(signal.how, file.stats, begin)) return [];
  const actor = signal.actor ?? recording.ownerOf(file.stats, file.path);
  const data = {
    place,
    extension,
    sizeBytes: bytesTold(file.stats.size),
    nameHash: nameHash(recording.nameKey, file),
    ...(interest.withNames ? { name: cleanText(posix.basename(file.path)) } : {}),
    ...(signal.how === 'found' ? { foundByRescan: true } : {}),
  };
  return [{ ...saved, file, change: { kind: 'document.saved', data, ...(actor ? { actor } : {}) } }];
}

/**
 * Office programs open a document for writing only to lock it, and close it unchanged: then its times are old. A file
 * moved into place keeps its times, and a rescan has asked for them already.
 */
function changedSince(how: SaveSignal['how'], stats: Stats, begin: number): boolean {
  if (how === 'written') return Math.max(stats.ctimeMs, stats.mtimeMs) >= begin;
  if (how === 'touched') return Math.max(stats.mtimeMs, stats.birthtimeMs) >= begin;
  return true;
}

/** One version signalled twice, under two names or by a rescan as well, is one save: the first signal's. */
function withoutRepeats(found: readonly Found[]): Found[] {
  return [...new Map(found.toReversed().map((one) => [one.version, one])).values()].toReversed();
}
