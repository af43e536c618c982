import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the laboratory keeps what it has made, so that the next run need not make it again. */
export interface Lab {
  folder: string;
  /** A Debian 13 of its own, in which Wine runs. */
  chroot: string;
  /** Everything of ours in there; the same folder is `/lab` to the chroot and `L:\` to Windows. */
  shared: string;
  /** The agent as it stands in this checkout, with the packages of Windows beside it. */
  agent: string;
  /** A fresh Windows, copied for each start. */
  windows: string;
}

/** The folder is PORTCULLIS_WINE_CACHE, or one among the user's caches: installing packages anew leaves it alone. */
export function findLab(environment: Record<string, string | undefined>): Lab {
  const caches = environment.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = resolve(environment.PORTCULLIS_WINE_CACHE ?? join(caches, 'portcullis-wine'));
  const chroot = join(folder, 'trixie');
  const shared = join(chroot, 'lab');
  return { folder, chroot, shared, agent: join(shared, 'agent'), windows: join(shared, 'windows') };
}
