import { constants } from 'node:fs';
import { access, lstat, readdir, readFile } from 'node:fs/promises';
import { PortcullisError } from '#shared/errors.ts';
import { parsePasswd } from './accounts.linux.ts';
import { ifThere } from './files.linux.ts';
import { isNetworkFilesystem, readMounts } from './mounts.linux.ts';

/** The users' homes that can be looked into, and sentences on those that cannot. */
export interface Homes {
  folders: string[];
  limits: string[];
}
export interface HomeRoots {
  passwd: string;
  home: string;
  proc: string;
}

const mostHomes = 500;

/**
 * Homes of the people in the password file and of root, and every folder in /home, where the homes of a directory
 * service's people lie. A home on another computer's disk is left alone: looking there could hang, and what is
 * stored there is not on this computer.
 */
export async function findHomes(roots: HomeRoots): Promise<Homes> {
  const mounts = readMounts(roots.proc);
  if (!mounts.ok) throw new PortcullisError(mounts.error.code, mounts.error.says);
  const remote = mounts.seen.filter((mount) => isNetworkFilesystem(mount.filesystem));
  const isRemote = (folder: string) => remote.some(({ mountPoint }) => `${folder}/`.startsWith(`${mountPoint}/`));

  const named = parsePasswd(await readFile(roots.passwd, 'utf8')).map(({ home }) => home);
  const lying = isRemote(roots.home) ? [] : ((await ifThere(readdir(roots.home))) ?? []);
  const all = [...new Set([...named, ...lying.map((name) => `${roots.home}/${name}`)])].slice(0, mostHomes);
  const local = all.filter((home) => !isRemote(home));
  const readable = await Promise.all(local.map(isReadable));
  const closed = readable.filter((answer) => answer === 'closed').length;
  return {
    folders: local.filter((_, index) => readable[index] === 'open'),
    limits: [
      ...(all.length > local.length ? [`${all.length - local.length} homes on a network drive are left out.`] : []),
      ...(closed > 0 ? [`${closed} homes may not be read by the agent.`] : []),
    ],
  };
}

async function isReadable(home: string): Promise<'open' | 'closed' | 'none'> {
  const folder = await ifThere(lstat(home)).catch(() => 'closed' as const);
  if (folder === 'closed') return folder;
  if (!folder?.isDirectory()) return 'none';
  return access(home, constants.R_OK | constants.X_OK).then(
    () => 'open',
    () => 'closed',
  );
}
