import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../../', import.meta.url));

/** Where the laboratory keeps what it has made, so that the next run need not make it again. */
export interface Lab {
  folder: string;
  /** Debian packages as they were downloaded. */
  packages: string;
  /** What the packages hold, unpacked: tools for this computer and for the guest. */
  parts: string;
  /** Kernel, uncompressed: unpacking it in an emulated machine takes seconds. */
  kernel: string;
  /** Modules the guest may load, with the folder `lib/modules` inside. */
  modules: string;
  initrd: string;
  images: string;
  /** Memory and state of a machine that has started: every test begins with a copy. */
  memory: string;
  state: string;
}

/** The folder is PORTCULLIS_VM_CACHE, or one among the user's caches: installing packages anew leaves it alone. */
export function findLab(environment: Record<string, string | undefined>): Lab {
  const caches = environment.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = resolve(environment.PORTCULLIS_VM_CACHE ?? join(caches, 'portcullis-vm'));
  const inside = (name: string) => join(folder, name);
  return {
    folder,
    packages: inside('packages'),
    parts: inside('parts'),
    kernel: inside('vmlinux'),
    modules: inside('modules'),
    initrd: inside('initrd.cpio'),
    images: inside('images'),
    memory: inside('memory.img'),
    state: inside('state.bin'),
  };
}
