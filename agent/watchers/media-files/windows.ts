import { lstat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#shared/clock.ts';
import type { Coverage } from '#shared/events/agent.ts';
import { ownerReader } from '../../platform/owner.windows.ts';
import { isWithinOnWindows, plainPath } from '../../platform/windows/paths.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import { timeOf } from '../find-file.ts';
import { rescan } from '../rescan.ts';
import type { Attached, WatcherFactory } from '../watcher.ts';
import { type MediaFilesOptions, mediaFiles } from './index.ts';
import type { MediaFileSink, MediaFileSource, Medium } from './source.ts';

type System = Pick<WindowsSystem, 'security' | 'sessions'>;

/** Between one walk over a medium and the next, in milliseconds; after a long walk it rests for so many times as long. */
const restMilliseconds = 10_000;
const restTimes = 20;
/** Times on a stick are told in steps of two seconds. */
const slackMilliseconds = 4_000;
const walkLimits = { mostFolders: 5_000, deepest: 64, workMilliseconds: 20 };

/**
 * Files on removable media by walking over each again and again. To watch a volume, a handle on it would have to be kept
 * open, and Windows would then tell people that the stick they want to take out is in use.
 */
export function watchMediaFilesOnWindows(system: System, options: MediaFilesOptions): WatcherFactory {
  return (context) => mediaFiles(windowsMediaFileSource(system, context.clock), options)(context);
}

export function windowsMediaFileSource(system: System, clock: Clock): MediaFileSource {
  const owner = ownerReader(system);
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
    mediumOf: (path) => media().find(({ root }) => isWithinOnWindows(path, root)),
    media,
    ownerOf: (_stats, path) => owner(path),
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
      const inUse = mediaInUse(attached);
      const gone = media().filter((medium) => !inUse.some((one) => isSameMedium(one, medium)));
      const fresh = inUse.filter((medium) => !media().some((one) => isSameMedium(one, medium)));
      for (const medium of gone) leave(medium);
      for (const medium of fresh) follow(medium);
      if (fresh.length > 0 || gone.length > 0) sink?.coverageChanged();
      return Promise.resolve(fresh);
    },
    coverage: () => [coverage(walks.size)],
  };
}

function mediaInUse(attached: readonly Attached[]): Medium[] {
  return attached.flatMap(({ device, volumes }) =>
    volumes.flatMap((volume) =>
      volume.mountPoint === undefined || volume.readOnly
        ? []
        : [{ device, volume, root: plainPath(volume.mountPoint) }],
    ),
  );
}

function isSameMedium(one: Medium, other: Medium): boolean {
  return one.root === other.root && isDeepStrictEqual(one.device, other.device);
}

function coverage(count: number): Coverage {
  const limits = [
    'What is there for less than ten seconds, and what is deleted or renamed, is not told: a handle kept on a volume would keep people from taking it out.',
    `Of a large medium only the first ${walkLimits.mostFolders} folders are gone through.`,
    'Files copied to a phone are not seen: it has no drive letter.',
  ];
  const how = `${count} medi${count === 1 ? 'um' : 'a'} gone through every ten seconds`;
  return { watcher: 'media-files', area: 'files on media in use', state: 'degraded', how, limits };
}
