import { readFile } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import { parsePasswd } from '../../platform/accounts.linux.ts';
import { actorOf } from '../../platform/actor.linux.ts';
import { type Fanotify, openFanotify } from '../../platform/fanotify-calls.linux.ts';
import { watchByFanotify } from '../../platform/file-signals.linux.ts';
import { type Mount, readMounts } from '../../platform/mounts.linux.ts';
import { attribute } from '../../platform/sysfs.linux.ts';
import type { Attached, WatcherFactory } from '../watcher.ts';
import { type MediaFilesOptions, mediaFiles } from './index.ts';
import type { MediaFileSource, Medium } from './source.ts';

export interface LinuxMediaFilesOptions {
  proc?: string;
  sys?: string;
  passwd?: string;
  /** Opens the system calls; rejects where they cannot be had, and files on media are then not told. */
  fanotify?: () => Promise<Fanotify>;
}

/** Files on removable media by one fanotify mark on the file system of each. */
export function watchMediaFilesOnLinux(options: MediaFilesOptions & LinuxMediaFilesOptions): WatcherFactory {
  return (context) => mediaFiles(linuxMediaFileSource(options), options)(context);
}

interface Marked extends Medium {
  /** Number of the block device, `8:17`: another one under the same name is another medium. */
  number: string;
  filesystem: string;
}
type Unmarked = Pick<Marked, 'number'> & { type: string; code: string };

export function linuxMediaFileSource(options: LinuxMediaFilesOptions = {}): MediaFileSource {
  const { proc = '/proc', sys = '/sys', passwd = '/etc/passwd' } = options;
  let fanotify: Fanotify | undefined;
  let trouble: string | undefined;
  let marked: Marked[] = [];
  let unmarked: Unmarked[] = [];
  let users: ReadonlyMap<number, string> = new Map();
  let forgetFolders: () => void = () => undefined;
  let coverageChanged: () => void = () => undefined;

  async function readUsers(): Promise<void> {
    const accounts = parsePasswd(await readFile(passwd, 'utf8').catch(() => ''));
    users = new Map(accounts.map(({ uid, name }) => [uid, name]));
  }

  function mediumOf(path: string): Medium | undefined {
    const found = marked.filter(({ root }) => path === root || path.startsWith(`${root}/`));
    return found.reduce<Medium | undefined>(
      (deepest, medium) => (deepest && deepest.root.length >= medium.root.length ? deepest : medium),
      undefined,
    );
  }

  function mark(medium: Omit<Marked, 'filesystem'>, type: string): Marked[] {
    try {
      fanotify?.mark(medium.root, { deletions: true });
      return [{ ...medium, filesystem: fanotify?.filesystemOf(medium.root) ?? '' }];
    } catch (error) {
      unmarked.push({ number: medium.number, type, code: errorCode(error) });
      return [];
    }
  }

  return {
    mediumOf,
    media: () => marked,
    ownerOf: (stats) => actorOf(stats.uid, users),
    async listen(sink) {
      coverageChanged = sink.coverageChanged;
      await readUsers();
      try {
        fanotify = await (options.fanotify ?? openFanotify)();
      } catch (error) {
        const code = errorCode(error);
        trouble = code === 'EPERM' ? 'The agent does not run as root.' : `fanotify cannot be used (${code}).`;
        return { stop: async () => undefined };
      }
      ({ forgetFolders } = watchByFanotify({
        fanotify,
        sink: {
          filter: () => () => true,
          wants: (path) => mediumOf(path) !== undefined,
          file: sink.file,
          folderMoved: () => undefined,
          lost: sink.lost,
        },
        mountPointOf: (filesystem) => marked.find((medium) => medium.filesystem === filesystem)?.root,
        visible: (path) => path,
        users: () => users,
      }));
      return {
        async stop() {
          fanotify?.close();
          fanotify = undefined;
          marked = [];
        },
      };
    },
    async cover(attached) {
      const mounts = readMounts(proc);
      // A look that failed says nothing about what is in use.
      if (!mounts.ok || !fanotify) return [];
      const inUse = volumesInUse(attached, mounts.seen, sys);
      const isSame = (one: Pick<Marked, 'number' | 'root'>) => (other: Pick<Marked, 'number' | 'root'>) =>
        one.number === other.number && one.root === other.root;
      unmarked = unmarked.filter(({ number }) => inUse.some((medium) => medium.number === number));
      const kept = marked.filter((medium) => inUse.some(isSame(medium)));
      const fresh = inUse
        .filter((medium) => !kept.some(isSame(medium)) && !unmarked.some(({ number }) => number === medium.number))
        .flatMap(({ type, ...medium }) => mark(medium, type));
      const isNews = fresh.length > 0 || kept.length !== marked.length || unmarked.length > 0;
      marked = [...kept, ...fresh];
      forgetFolders();
      if (fresh.length > 0) await readUsers();
      if (isNews) coverageChanged();
      return fresh;
    },
    coverage: () => [coverageOf(trouble, marked.length, unmarked)],
  };
}

/** Media by the number of their block device, because labels, and so the folders of media, can say anything. Pure but for sysfs. */
function volumesInUse(
  attached: readonly Attached[],
  mounts: readonly Mount[],
  sys: string,
): (Omit<Marked, 'filesystem'> & { type: string })[] {
  return attached.flatMap(({ device, volumes }) =>
    volumes.flatMap((volume) => {
      const number = attribute(`${sys}/class/block/${volume.name}/dev`);
      const mount = mounts.find(
        (one) =>
          !one.readOnly &&
          (one.device === number || (one.device.startsWith('0:') && one.source === `/dev/${volume.name}`)),
      );
      return mount && number !== undefined
        ? [{ device, volume, root: mount.mountPoint, number, type: mount.filesystem }]
        : [];
    }),
  );
}

function coverageOf(trouble: string | undefined, count: number, unmarked: readonly Unmarked[]): Coverage {
  const area = { watcher: 'media-files', area: 'files on media in use' } as const;
  if (trouble !== undefined)
    return { ...area, state: 'unsupported', how: 'Only fanotify can watch media.', limits: [trouble] };
  const how = `fanotify on ${count} medi${count === 1 ? 'um' : 'a'}`;
  const limits = unmarked.map(({ type, code }) => `A file system of type ${type} cannot be watched (${code}).`);
  return { ...area, state: limits.length > 0 ? 'degraded' : 'watching', how, limits: [...new Set(limits)].slice(0, 8) };
}
