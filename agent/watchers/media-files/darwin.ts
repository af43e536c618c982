import type { Clock } from '#shared/clock.ts';
import type { Coverage } from '#shared/events/agent.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import type { WatcherFactory } from '../watcher.ts';
import { type MediaFilesOptions, mediaFiles } from './index.ts';
import type { MediaFileSource } from './source.ts';
import { mostFoldersWalked, walkingMediaFileSource } from './walking.ts';

/** Files on media; most of them have no owners of their own, so that the person at the screen is taken for the writer. */
export function watchMediaFilesOnDarwin(person: () => string | undefined, options: MediaFilesOptions): WatcherFactory {
  return (context) => mediaFiles(darwinMediaFileSource(person, context.clock), options)(context);
}

export function darwinMediaFileSource(person: () => string | undefined, clock: Clock): MediaFileSource {
  return walkingMediaFileSource({
    clock,
    plain: (mountPoint) => mountPoint,
    isWithin: (path, folder) => path === folder || path.startsWith(`${folder}/`),
    ownerOf: () => {
      const user = person();
      return user === undefined ? undefined : { user };
    },
    coverage: (count) => [coverage(count)],
  });
}

function coverage(count: number): Coverage {
  const limits = [
    neverOnAMac,
    'What is there for less than ten seconds, and what is deleted or renamed, is not told.',
    `Of a large medium only the first ${mostFoldersWalked} folders are gone through.`,
    'Who wrote is taken to be the person at the screen: most media keep no owners.',
    'Files copied to a phone are not seen: it shows no volume.',
  ];
  const how = `${count} medi${count === 1 ? 'um' : 'a'} gone through every ten seconds`;
  return { watcher: 'media-files', area: 'files on media in use', state: 'degraded', how, limits };
}
