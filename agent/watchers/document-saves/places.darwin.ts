import type { PathClass } from '#shared/events/document.ts';
import { cloudFolderName, type Home, isWithin, type MountKind, plainHome } from './places.ts';

/** What must be known of a Mac to tell its places apart. */
export interface DarwinSurroundings {
  homes: readonly Home[];
  /** Deepest mount point first. */
  mounts: readonly { mountPoint: string; kind: MountKind }[];
}

/** Folders in which people do not save. */
const systemFolders = [
  ...['/System', '/Library', '/Applications', '/private', '/usr', '/opt', '/bin', '/sbin', '/dev', '/cores', '/nix'],
];
const temporaryFolders = ['/private/tmp', '/tmp', '/private/var/tmp', '/private/var/folders'];
/** Folders that fill themselves, and bundles that look like one file to people. */
const programFolders =
  /\/(?:node_modules|\.git|\.hg|\.svn|__pycache__|\.Trashes|\.Spotlight-V100|\.fseventsd|\.TemporaryItems)\/|\.(?:app|photoslibrary|musiclibrary|xcodeproj)\//;

/** Homes of people, with the folders that iCloud and clients of other stores keep equal. */
export function darwinHome(path: string): Home {
  return {
    ...plainHome(path),
    synced: [`${path}/Library/Mobile Documents`, `${path}/Library/CloudStorage`],
  };
}

/**
 * The kind of place a file's path lies in, or null where only the system and programs save. Pure. To ask about a folder,
 * ask about a file in it.
 */
export function placeOnDarwin(path: string, { homes, mounts }: DarwinSurroundings): PathClass | null {
  const mount = mounts.find(({ mountPoint }) => isWithin(path, mountPoint));
  if (mount?.kind === 'removable') return 'removable';
  if (programFolders.test(path)) return null;
  const home = homes.find((one) => isWithin(path, one.path));
  if (home && isIn(path, home.synced)) return 'cloud-sync';
  if (home && isProgramState(path, home)) return null;
  if (mount?.kind === 'network') return home ? 'personal-network' : 'shared';
  if (home) return placeInHome(path, home);
  if (isIn(path, temporaryFolders)) return 'temporary';
  return isIn(path, systemFolders) || mount?.kind === 'system' ? null : 'local-fixed';
}

function placeInHome(path: string, home: Home): PathClass {
  if (isInCloudFolder(path, home)) return 'cloud-sync';
  if (isIn(path, home.desktop)) return 'desktop';
  if (isIn(path, home.documents)) return 'documents';
  return isIn(path, home.downloads) ? 'downloads' : 'local-fixed';
}

/** Settings and caches of programs, and what was thrown away. */
function isProgramState(path: string, home: Home): boolean {
  const rest = path.slice(home.path.length + 1);
  return rest.startsWith('Library/') || (rest.startsWith('.') && rest.includes('/'));
}

function isInCloudFolder(path: string, home: Home): boolean {
  return [home.path, ...home.desktop, ...home.documents].some((parent) => {
    if (!path.startsWith(`${parent}/`)) return false;
    const [name = '', ...below] = path.slice(parent.length + 1).split('/');
    return below.length > 0 && cloudFolderName(name);
  });
}

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(path, folder));
}
