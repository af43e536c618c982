import { errorCode } from '#shared/errors.ts';
import type { Fanotify } from '../../platform/fanotify-calls.linux.ts';
import { isWithin, placeOf } from './places.ts';
import type { LinuxMount, LinuxSurroundings } from './surroundings.linux.ts';

/** The file systems that are marked, and how paths lead to them. */
export interface Marks {
  mountPointOf(filesystem: string): string | undefined;
  /** The path as people know it: a home that is bound to another place goes by the name of the home. */
  visible(path: string): string;
  /** Whether saves at this path are signalled. */
  covers(path: string): boolean;
  mountPoints: readonly string[];
  /** What should be marked and could not be. */
  failed: readonly { filesystem: string; code: string }[];
}
export const noMarks: Marks = {
  mountPointOf: () => undefined,
  visible: (path) => path,
  covers: () => false,
  mountPoints: [],
  failed: [],
};

/** Marks every file system of interest. Marking one again changes nothing. */
export function markFilesystems(
  fanotify: Pick<Fanotify, 'mark' | 'filesystemOf'>,
  around: LinuxSurroundings,
  wants: (path: string) => boolean,
): Marks {
  const mountPoints = new Map<string, string>();
  const devices = new Set<string>();
  const failed: { filesystem: string; code: string }[] = [];
  const candidates = around.mounts.filter((mount) => isOfInterest(mount, around, wants));
  // Handles are opened through the mount that shows the whole file system, if there is one.
  for (const mount of candidates.sort((a, b) => Number(b.root === '/') - Number(a.root === '/'))) {
    try {
      fanotify.mark(mount.mountPoint);
      const filesystem = fanotify.filesystemOf(mount.mountPoint);
      if (!mountPoints.has(filesystem)) mountPoints.set(filesystem, mount.mountPoint);
      devices.add(mount.device);
    } catch (error) {
      failed.push({ filesystem: mount.filesystem, code: errorCode(error) });
    }
  }
  const bound = homeMounts(around).filter(({ root }) => root !== '/');
  return {
    mountPointOf: (filesystem) => mountPoints.get(filesystem),
    visible: (path) => throughHome(path, bound, around.mounts),
    covers: (path) => devices.has(mountOf(path, around.mounts)?.device ?? ''),
    mountPoints: [...mountPoints.values()],
    failed,
  };
}

/** Local disks on which people save; memory only where the policy asks for it. Network drives cannot be marked. */
function isOfInterest(mount: LinuxMount, around: LinuxSurroundings, wants: (path: string) => boolean): boolean {
  if (mount.readOnly) return false;
  const inside = mount.mountPoint === '/' ? '/-' : `${mount.mountPoint}/-`;
  if (mount.kind === 'memory') return wants(inside);
  if (mount.kind !== 'disk') return false;
  return placeOf(inside, around) !== null || homeMounts(around).includes(mount);
}

function homeMounts({ homes, mounts }: LinuxSurroundings): LinuxMount[] {
  return homes.flatMap(({ path }) => mountOf(path, mounts) ?? []);
}

export function mountOf(path: string, mounts: readonly LinuxMount[]): LinuxMount | undefined {
  return mounts.find(({ mountPoint }) => isWithin(path, mountPoint));
}

function throughHome(path: string, bound: readonly LinuxMount[], mounts: readonly LinuxMount[]): string {
  if (bound.length === 0) return path;
  const mount = mountOf(path, mounts);
  if (!mount) return path;
  const inside = joined(mount.root, below(path, mount.mountPoint));
  const home = bound.find(({ device, root }) => device === mount.device && isWithin(inside, root));
  return home ? joined(home.mountPoint, below(inside, home.root)) : path;
}

function below(path: string, folder: string): string {
  return folder === '/' ? path : path.slice(folder.length);
}

function joined(folder: string, rest: string): string {
  return folder === '/' ? rest : folder + rest;
}
