import type { PathClass } from '#shared/events/document.ts';
import { isWithinOnWindows } from '../../platform/windows/paths.ts';
import type { DriveType } from '../../platform/windows/volumes.ts';
import type { Home } from './places.ts';
import { cloudFolderName } from './places.ts';

/** What must be known of a computer to tell its places apart. Paths are as `plainPath` makes them. */
export interface WindowsSurroundings {
  homes: readonly Home[];
  /** Kinds of the drives by letter, `C:`. */
  drives: ReadonlyMap<string, DriveType>;
  /** `C:`. */
  systemDrive: string;
}

/** Folders at the top of the system's drive in which people do not save. */
const systemFolders = [
  ...['windows', 'program files', 'program files (x86)', 'programdata', 'perflogs', 'recovery', '$winreagent'],
  ...['$recycle.bin', 'system volume information', 'msocache', 'config.msi', 'documents and settings', 'onedrivetemp'],
];
/** Folders that fill themselves, wherever they are. */
const programFolders = /\/(?:node_modules|\.git|\.hg|\.svn|__pycache__|\$recycle\.bin|system volume information)\//;

/**
 * The kind of place a file's path lies in, or null where only the system and programs save. Pure. To ask about a
 * folder, ask about a file in it. A folder of a person counts as what it is for, wherever it was redirected to, but
 * where the data goes comes first: a desktop kept in OneDrive is `cloud-sync`, one on a server `personal-network`.
 */
export function placeOnWindows(path: string, around: WindowsSurroundings): PathClass | null {
  const kind = around.drives.get(path.slice(0, 2).toUpperCase());
  if (kind === 'removable' || kind === 'optical') return 'removable';
  const lower = path.toLowerCase();
  if (programFolders.test(lower)) return null;
  const home = around.homes.find((one) => isWithinOnWindows(path, one.path));
  if (home && isProgramState(lower, home)) return lower.includes('/appdata/local/temp/') ? 'temporary' : null;
  const owner = around.homes.find((one) => isOwn(path, one)) ?? home;
  if (kind === 'network' || path.startsWith('//')) return owner ? 'personal-network' : 'shared';
  if (owner) return placeInHome(path, owner);
  if (isWithinOnWindows(path, `${around.systemDrive}/Windows/Temp`)) return 'temporary';
  return isOfSystem(lower, around.systemDrive) ? null : 'local-fixed';
}

function isOwn(path: string, { path: home, desktop, documents, downloads, synced }: Home): boolean {
  return [home, ...desktop, ...documents, ...downloads, ...synced].some((folder) => isWithinOnWindows(path, folder));
}

function placeInHome(path: string, home: Home): PathClass {
  const isIn = (folders: readonly string[]) => folders.some((folder) => isWithinOnWindows(path, folder));
  if (isIn(home.synced) || isInCloudFolder(path, home)) return 'cloud-sync';
  if (isIn(home.desktop)) return 'desktop';
  if (isIn(home.documents)) return 'documents';
  return isIn(home.downloads) ? 'downloads' : 'local-fixed';
}

/** Below the home, its desktop or its documents, a folder that bears the name of a cloud store. */
function isInCloudFolder(path: string, home: Home): boolean {
  return [home.path, ...home.desktop, ...home.documents].some((parent) => {
    if (!isWithinOnWindows(path, parent)) return false;
    const [name = '', ...below] = path.slice(parent.length + 1).split('/');
    return below.length > 0 && cloudFolderName(name);
  });
}

/** Settings and caches of programs. */
function isProgramState(lower: string, home: Home): boolean {
  const rest = lower.slice(home.path.length + 1);
  return rest.startsWith('appdata/') || (rest.startsWith('.') && rest.includes('/'));
}

function isOfSystem(lower: string, systemDrive: string): boolean {
  const [drive = '', top = '', next = ''] = lower.split('/');
  if (systemFolders.includes(top)) return drive === systemDrive.toLowerCase() || top.startsWith('$');
  return top === 'users' && ['default', 'default user', 'all users'].includes(next);
}
