import type { PathClass } from '#shared/events/document.ts';

/** One user's home and the folders in it that have a meaning. All paths are absolute, without a slash at the end. */
export interface Home {
  path: string;
  desktop: readonly string[];
  documents: readonly string[];
  downloads: readonly string[];
  /** Folders that a program keeps equal with a store elsewhere. */
  synced: readonly string[];
}

/** `disk` lies in this computer. `memory` is gone at the next start. `system` holds no files of people. */
export type MountKind = 'disk' | 'network' | 'cloud' | 'removable' | 'memory' | 'system';

/** What must be known of a computer to tell its places apart. */
export interface Surroundings {
  homes: readonly Home[];
  /** Deepest mount point first. */
  mounts: readonly { mountPoint: string; kind: MountKind }[];
}

/** Folders of clients that synchronise with a cloud store, as they name them. A suffix such as ` - Company` may follow. */
const cloudFolders = [
  ...['onedrive', 'dropbox', 'google drive', 'googledrive', 'my drive', 'nextcloud', 'owncloud', 'mega', 'megasync'],
  ...[
    'box',
    'box sync',
    'pcloud',
    'pclouddrive',
    'insync',
    'syncthing',
    'seafile',
    'icloud',
    'proton drive',
    'tresorit',
  ],
];

/** Folders of the operating system and of programs, in which people do not save. */
const systemFolders = [
  ...['/bin', '/boot', '/dev', '/efi', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/nix', '/opt', '/proc', '/run'],
  ...['/sbin', '/snap', '/sys', '/usr', '/var', '/lost+found', '/sysroot', '/ostree'],
];
const temporaryFolders = ['/tmp', '/var/tmp', '/dev/shm', '/run/user'];
/** Desktops mount here what a person opened; then only the disk behind it counts. */
const desktopMounts = '/run/media';
/** Folders that fill themselves, wherever they are. */
const programFolders = /\/(?:node_modules|\.git|\.hg|\.svn|__pycache__|\.Trash-\d+|lost\+found)\//;

/**
 * The kind of place a file's path lies in, or null where only the system and programs save. Pure. To ask about a
 * folder, ask about a file in it.
 *
 * A home on a network drive is `personal-network` as a whole, its desktop too: what counts is where the data lies. Any
 * other network drive is `shared`. A local file system is `local-fixed` unless the path says more.
 */
export function placeOf(path: string, around: Surroundings): PathClass | null {
  const mount = around.mounts.find(({ mountPoint }) => isWithin(path, mountPoint));
  if (mount?.kind === 'removable') return 'removable';
  if (programFolders.test(path)) return null;
  const home = homeOf(path, around.homes);
  if (home && isProgramState(path, home)) return null;
  if (mount?.kind === 'cloud') return 'cloud-sync';
  if (mount?.kind === 'network') return home && holdsPersonal(mount.mountPoint, home) ? 'personal-network' : 'shared';
  if (home) return mount?.kind === 'memory' ? 'temporary' : placeInHome(path, home);
  if (isWithinAny(path, temporaryFolders)) return 'temporary';
  const opened = mount?.kind === 'disk' && isWithin(mount.mountPoint, desktopMounts);
  if (mount?.kind === 'system' || (!opened && isWithinAny(path, systemFolders))) return null;
  return mount?.kind === 'memory' ? 'temporary' : 'local-fixed';
}

/** The innermost home, so that a home inside another folder of /home is its own user's. */
function homeOf(path: string, homes: readonly Home[]): Home | undefined {
  let found = homes.find((home) => isWithin(path, home.path));
  for (const home of homes) {
    if (found && home.path.length > found.path.length && isWithin(path, home.path)) found = home;
  }
  return found ?? unlistedHome(path);
}

/** A user from a directory service is in no list before the first sign-in; the folder below /home is theirs all the same. */
function unlistedHome(path: string): Home | undefined {
  const end = path.startsWith('/home/') ? path.indexOf('/', '/home/'.length) : -1;
  return end < 0 ? undefined : plainHome(path.slice(0, end));
}

/** A home whose folders have their English names and nothing else is known of. */
export function plainHome(path: string): Home {
  return {
    path,
    desktop: [`${path}/Desktop`],
    documents: [`${path}/Documents`],
    downloads: [`${path}/Downloads`],
    synced: [],
  };
}

function placeInHome(path: string, home: Home): PathClass {
  if (isSynced(path, home)) return 'cloud-sync';
  if (isWithinAny(path, home.desktop)) return 'desktop';
  if (isWithinAny(path, home.documents)) return 'documents';
  if (isWithinAny(path, home.downloads)) return 'downloads';
  return 'local-fixed';
}

/** Settings, caches and profiles of programs: hidden folders at the top of a home, and snap's. */
function isProgramState(path: string, home: Home): boolean {
  const rest = path.slice(home.path.length + 1);
  return rest.includes('/') && (rest.startsWith('.') || rest.startsWith('snap/'));
}

/** A drive that carries the whole home, or one of the folders that are a person's own. */
function holdsPersonal(mountPoint: string, home: Home): boolean {
  const own = [home.path, ...home.desktop, ...home.documents, ...home.downloads];
  return own.some((folder) => isWithin(folder, mountPoint));
}

function isSynced(path: string, home: Home): boolean {
  if (isWithinAny(path, home.synced)) return true;
  return [home.path, ...home.desktop, ...home.documents].some((parent) => {
    if (!path.startsWith(`${parent}/`)) return false;
    const rest = path.slice(parent.length + 1);
    const slash = rest.indexOf('/');
    return slash > 0 && cloudFolderName(rest.slice(0, slash));
  });
}

/** Whether a folder bears the name that the client of a cloud store gives to its own. */
export function cloudFolderName(name: string): boolean {
  const lower = name.toLowerCase();
  return cloudFolders.some(
    (known) => lower === known || lower.startsWith(`${known} - `) || lower.startsWith(`${known} (`),
  );
}

export function isWithin(path: string, folder: string): boolean {
  if (folder === '/') return true;
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

function isWithinAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(path, folder));
}
