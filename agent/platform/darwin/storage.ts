import { type Look, lookFailed } from '../../watchers/watcher.ts';
import {
  type ApfsVolume,
  type DiskInfo,
  type ListedDisk,
  type ListedVolume,
  parseApfsList,
  parseCoreStorageFamily,
  parseCoreStorageType,
  parseDiskInfo,
  parseDiskList,
} from './disks.ts';
import type { Tools } from './tools.ts';

/** Everything diskutil tells of disks and volumes at one moment. */
export interface Storage {
  disks: ListedDisk[];
  apfs: ReadonlyMap<string, ApfsVolume>;
  /** Of whole disks, and of volumes that are not APFS inside the computer; absent where diskutil had no answer. */
  info: ReadonlyMap<string, DiskInfo>;
  /** How volumes of CoreStorage are encrypted; absent for others. */
  coreStorage: ReadonlyMap<string, string>;
}

/** What was said of a disk holds so long, in milliseconds, while the list says the same of it. */
const keptMilliseconds = 60_000;
const mostAsked = 256;

interface Said {
  of: string;
  at: number;
  info: DiskInfo | undefined;
  coreStorage: string | undefined;
}

/** Reads disks and volumes, and asks again of one only when it changed or a minute has passed. @param now milliseconds that only grow */
export function storageReader(tools: Tools, now: () => number): () => Promise<Look<Storage>> {
  let kept = new Map<string, Said>();

  async function said(entry: ListedDisk | ListedVolume): Promise<Said> {
    const of = JSON.stringify(entry);
    const before = kept.get(entry.id);
    if (before?.of === of && now() - before.at < keptMilliseconds) return before;
    const info = await tools.run('diskutil', ['info', '-plist', entry.id]);
    const isWhole = /^disk\d+$/.test(entry.id) && entry.mountPoint !== undefined;
    return {
      of,
      at: now(),
      info: parsed(info, parseDiskInfo),
      coreStorage: isWhole ? await coreStorageType(tools, entry.id) : undefined,
    };
  }

  return async () => {
    try {
      const list = await tools.run('diskutil', ['list', '-plist']);
      if (!list.ok) return list;
      const apfs = await tools.run('diskutil', ['apfs', 'list', '-plist']);
      if (!apfs.ok) return apfs;
      const disks = parseDiskList(list.seen);
      const next = new Map<string, Said>();
      for (const entry of disks.flatMap(toAsk).slice(0, mostAsked)) next.set(entry.id, await said(entry));
      kept = next;
      const found = [...next];
      return {
        ok: true,
        seen: {
          disks,
          apfs: new Map(parseApfsList(apfs.seen).map((volume) => [volume.id, volume])),
          info: new Map(found.flatMap(([id, { info }]) => (info ? [[id, info]] : []))),
          coreStorage: new Map(found.flatMap(([id, { coreStorage }]) => (coreStorage ? [[id, coreStorage]] : []))),
        },
      };
    } catch (error) {
      return lookFailed(error, 'The list of disks could not be read');
    }
  };
}

function toAsk(disk: ListedDisk): (ListedDisk | ListedVolume)[] {
  return disk.isInternal ? [] : [disk, ...disk.partitions.filter(isVolume), ...disk.volumes];
}

/** Parts of the partition map that hold no files, or hold them by way of a container that is listed by itself. */
const noVolumes =
  /^(EFI|Apple_APFS\w*|Apple_CoreStorage|Apple_Boot|Apple_KernelCoreDump|Apple_partition_\w+|Apple_Free|Apple_Driver\w*)$/;
export function isVolume({ content }: ListedVolume): boolean {
  return !noVolumes.test(content);
}

async function coreStorageType(tools: Tools, id: string): Promise<string | undefined> {
  const volume = await tools.run('diskutil', ['cs', 'info', '-plist', id]);
  const family = parsed(volume, parseCoreStorageFamily);
  if (family === undefined || !/^[0-9A-F-]{36}$/i.test(family)) return undefined;
  return parsed(await tools.run('diskutil', ['cs', 'info', '-plist', family]), parseCoreStorageType);
}

/** Undefined where the tool had no answer: the disk is gone meanwhile, or is none of that kind. */
function parsed<T>(look: Look<string>, parse: (text: string) => T): T | undefined {
  try {
    return look.ok ? parse(look.seen) : undefined;
  } catch {
    return undefined;
  }
}
