import { lstat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#shared/clock.ts';
import { timeOf } from '../find-file.ts';
import { rescan } from '../rescan.ts';
import type { Attached } from '../watcher.ts';
import type { MediaFileSink, MediaFileSource, Medium } from './source.ts';

/** What differs between systems on which media are walked over. */
export interface Walking extends Pick<MediaFileSource, 'ownerOf'> {
  clock: Clock;
  /** A mount point as the paths within the agent are written. */
  plain(mountPoint: string): string;
  isWithin(path: string, folder: string): boolean;
  /** @param count of media that are watched now */
  coverage(count: number): ReturnType<MediaFileSource['coverage']>;
}

/** Between one walk over a medium and the next, in milliseconds; after a long walk it rests for so many times as long. */
const restMilliseconds = 10_000;
const restTimes = 20;
/** Times on a stick are told in steps of two seconds. */
const slackMilliseconds = 4_000;
/** Folders of a medium that are gone through. */
export const mostFoldersWalked = 5_000;
const walkLimits = { mostFolders: mostFoldersWalked, deepest: 64, workMilliseconds: 20 };

/**
 * Files on removable media by walking over each again and again, for systems on which a handle would have to be kept on
 * a volume to watch it, so that people could not take it out.
 */
export function walkingMediaFileSource({ clock, plain, isWithin, ownerOf, coverage }: Walking): MediaFileSource {
  const walks = new Map<Medium, AbortController>();
  let sink: MediaFileSink | undefined;

  const media = () => [...walks.keys()];

  function follow(medium: Medium): void {
    const stopping = new AbortController();
    walks.set(medium, stopping);
    let since = clock.now();
    let timer: NodeJS.Timeout | undefined;
    stopping.signal.addEventListener('abort', () => clearTimeout(timer));
    const rest = (milliseconds: number) => {
      if (!stopping.signal.aborted) timer = setTimeout(() => void walk(), milliseconds).unref();
    };
    async function walk(): Promise<void> {
      const [start, began] = [clock.now(), clock.monotonic()];
      await search(medium, since - slackMilliseconds, stopping.signal);
      since = start;
      rest(Math.max(restMilliseconds, restTimes * (clock.monotonic() - began)));
    }
    rest(restMilliseconds);
  }

  async function search(medium: Medium, floor: number, signal: AbortSignal): Promise<void> {
    const found = async (path: string) => {
      const stats = await lstat(path).catch(() => undefined);
      if (!stats || timeOf(stats, clock.now()) <= floor || signal.aborted) return;
      sink?.file({ path, how: 'written', locate: () => undefined });
    };
    await rescan({ roots: [medium.root], enters: () => true, isWanted: () => true, found, signal }, walkLimits);
  }

  function leave(medium: Medium): void {
    walks.get(medium)?.abort();
    walks.delete(medium);
  }

  return {
    mediumOf: (path) => media().find(({ root }) => isWithin(path, root)),
    media,
    ownerOf,
    listen(given) {
      sink = given;
      return Promise.resolve({
        stop() {
          for (const medium of media()) leave(medium);
          sink = undefined;
          return Promise.resolve();
        },
      });
    },
    cover(attached) {
      const inUse = mediaInUse(attached, plain);
      const gone = media().filter((medium) => !inUse.some((one) => isSameMedium(one, medium)));
      const fresh = inUse.filter((medium) => !media().some((one) => isSameMedium(one, medium)));
      for (const medium of gone) leave(medium);
      for (const medium of fresh) follow(medium);
      if (fresh.length > 0 || gone.length > 0) sink?.coverageChanged();
      return Promise.resolve(fresh);
    },
    coverage: () => coverage(walks.size),
  };
}

function mediaInUse(attached: readonly Attached[], plain: Walking['plain']): Medium[] {
  return attached.flatMap(({ device, volumes }) =>
    volumes.flatMap((volume) =>
      volume.mountPoint === undefined || volume.readOnly ? [] : [{ device, volume, root: plain(volume.mountPoint) }],
    ),
  );
}

function isSameMedium(one: Medium, other: Medium): boolean {
  return one.root === other.root && isDeepStrictEqual(one.device, other.device);
}
