import type { Clock } from '#shared/clock.ts';
import type { Coverage } from '#shared/events/agent.ts';
import { ownerReader } from '../../platform/owner.windows.ts';
import { isWithinOnWindows, plainPath } from '../../platform/windows/paths.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { WatcherFactory } from '../watcher.ts';
import { type MediaFilesOptions, mediaFiles } from './index.ts';
import type { MediaFileSource } from './source.ts';
import { mostFoldersWalked, walkingMediaFileSource } from './walking.ts';

type System = Pick<WindowsSystem, 'security' | 'sessions'>;

export function watchMediaFilesOnWindows(system: System, options: MediaFilesOptions): WatcherFactory {
  return (context) => mediaFiles(windowsMediaFileSource(system, context.clock), options)(context);
}

function windowsMediaFileSource(system: System, clock: Clock): MediaFileSource {
  const owner = ownerReader(system);
  return walkingMediaFileSource({
    clock,
    plain: plainPath,
    isWithin: isWithinOnWindows,
    ownerOf: (_stats, path) => owner(path),
    coverage: (count) => [coverage(count)],
  });
}

function coverage(count: number): Coverage {
  const limits = [
    'What is there for less than ten seconds, and what is deleted or renamed, is not told: a handle kept on a volume would keep people from taking it out.',
    `Of a large medium only the first ${mostFoldersWalked} folders are gone through.`,
    'Files copied to a phone are not seen: it has no drive letter.',
  ];
  const how = `${count} medi${count === 1 ? 'um' : 'a'} gone through every ten seconds`;
  return { watcher: 'media-files', area: 'files on media in use', state: 'degraded', how, limits };
}
