import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { deviceKey } from '#shared/device/facts.ts';
import type { Actor } from '#shared/events/event.ts';
import type { FilePath, FileSignal } from '../../platform/file-signals.ts';
import { findFile } from '../find-file.ts';
import { nameHash } from '../name-hash.ts';
import { bytesTold } from '../told-bytes.ts';
import type { Change, ChangeOf, WatcherContext } from '../watcher.ts';
import { namedFile, type Versions } from './naming.ts';
import type { Outbox } from './outbox.ts';
import type { Written } from './settling.ts';
import type { Medium } from './source.ts';

export interface FileTelling {
  context: WatcherContext;
  nameKey: Buffer;
  versions: Versions;
  box: Outbox;
  isInUse(medium: Medium): boolean;
  ownerOf(stats: Stats, path: string): Actor | undefined;
}

/** Tells what happened to files, and what was found in those that were written. */
export interface FileTeller {
  written(files: readonly Written[]): void;
  renamed(signal: FileSignal, medium: Medium): void;
  deleted(signal: FileSignal, medium: Medium): void;
  /** Resolves when every file of this medium has its verdict, or after so many milliseconds. */
  quiet(key: string, longest: number): Promise<void>;
  /** Resolves when every file handed over so far is told as written. */
  told(): Promise<void>;
}

type Found = NonNullable<Awaited<ReturnType<typeof findFile>>>;

export function fileTeller({ context, nameKey, versions, box, isInUse, ownerOf }: FileTelling): FileTeller {
  const telling = new Set<Promise<unknown>>();
  const verdicts = new Map<string, Set<Promise<unknown>>>();

  const withNames = () => context.policy()?.documents.fileNames === 'names';
  const about = ({ device, volume }: Medium, file: FilePath) => ({
    device,
    volume,
    ...namedFile(nameKey, file, withNames()),
  });

  async function tellWritten(written: Written): Promise<void> {
    const { signal, medium } = written;
    const file = await findFile(signal);
    if (!file) return isInUse(medium) ? undefined : tellLost(written);
    // An empty file holds nothing: programs put one down to keep the name.
    if (!file.stats.isFile() || file.stats.size === 0) return;
    const data = about(medium, file);
    if (written.found !== 'unread' && versions.isKnown(data.nameHash, file.stats)) return;
    versions.know(data.nameHash, file.stats);
    const whose = byWhom(signal, ownerOf(file.stats, file.path));
    const found = written.found === 'new' ? { foundByRescan: true } : {};
    const told: Change = {
      kind: 'media.file-written',
      data: { ...data, sizeBytes: bytesTold(file.stats.size), ...found },
      ...whose,
    };
    if (written.found !== 'unread') box.add([told]);
    const onDisk = written.found === 'unread' ? Promise.resolve() : box.onDisk();
    track(
      deviceKey(medium.device),
      onDisk.then(() => tellVerdict(medium, file, data, whose)),
    );
  }

  /** The medium was pulled out before anything could be learned of the file but that it was written. */
  function tellLost({ signal, medium, found }: Written): void {
    const data = about(medium, signal);
    const told = { kind: 'media.file-written' as const, data, ...byWhom(signal) };
    const unread = { kind: 'media.file-not-inspected' as const, data: { ...data, because: 'medium-gone' as const } };
    box.add([...(found === 'unread' ? [] : [told]), { ...unread, ...byWhom(signal) }]);
  }

  async function tellVerdict(
    medium: Medium,
    file: Found,
    data: ReturnType<typeof about>,
    whose: Pick<ChangeOf<'media.file-written'>, 'actor'>,
  ): Promise<void> {
    const { inspections } = context;
    if (!inspections) return;
    const { device, volume } = medium;
    const path = file.raw ?? file.path;
    const { findings, bulk } = await inspections.inspect({
      path,
      state: file.stats,
      urgency: 'soon',
      transfer: { place: 'removable', device, volume, ...whose },
    });
    const sizeBytes = bytesTold(file.stats.size);
    const isGone = findings.inspection.status === 'failed' && !(await lstat(path).catch(() => undefined));
    if (isGone) {
      const because = isInUse(medium) ? ('file-gone' as const) : ('medium-gone' as const);
      box.add([{ kind: 'media.file-not-inspected', data: { ...data, sizeBytes, because }, ...whose }]);
      return;
    }
    const verdict: ChangeOf<'media.file-inspected'> = {
      kind: 'media.file-inspected',
      data: { ...data, sizeBytes, ...findings, authorisation: 'unknown' },
      ...whose,
    };
    box.add([verdict, ...(bulk ? [bulk] : [])]);
  }

  function track(key: string, verdict: Promise<unknown>): void {
    const all = verdicts.get(key) ?? new Set();
    verdicts.set(key, all.add(verdict));
    const over = () => {
      all.delete(verdict);
      if (all.size === 0 && verdicts.get(key) === all) verdicts.delete(key);
    };
    verdict.then(over, over);
  }

  return {
    written(files) {
      for (const file of files) {
        const told = tellWritten(file).catch(() => undefined);
        telling.add(told);
        told.then(() => telling.delete(told)).catch(() => undefined);
      }
    },
    renamed(signal, medium) {
      const data = about(medium, signal);
      const formerNameHash = signal.from && nameHash(nameKey, signal.from);
      if (formerNameHash !== undefined) versions.rename(formerNameHash, data.nameHash);
      const former = formerNameHash === undefined ? {} : { formerNameHash };
      box.add([{ kind: 'media.file-renamed', data: { ...data, ...former }, ...byWhom(signal) }]);
    },
    deleted(signal, medium) {
      box.add([{ kind: 'media.file-deleted', data: about(medium, signal), ...byWhom(signal) }]);
    },
    async quiet(key, longest) {
      await Promise.all(telling);
      await Promise.race([Promise.allSettled(verdicts.get(key) ?? []), pause(longest, undefined, { ref: false })]);
    },
    async told() {
      await Promise.all(telling);
    },
  };
}

/** A copying program is often gone before it can be asked who runs it; then the owner of the file is taken. */
function byWhom(signal: Written['signal'], owner?: Actor): Pick<ChangeOf<'media.file-written'>, 'actor'> {
  const actor = signal.actor ?? owner;
  return actor ? { actor } : {};
}
