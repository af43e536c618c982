import type { Coverage } from '#shared/events/agent.ts';

/** What is watched on this computer, and by which way. */
export interface LinuxCoverage {
  markedFilesystems: number;
  failed: readonly { filesystem: string; code: string }[];
  tellsOldNames: boolean;
  /** Why fanotify is not used at all. */
  trouble?: string | undefined;
  /** Present when folders are watched one by one. */
  folders?: { homes: number; count: number; limit?: string | undefined } | undefined;
  unreadableHomes: number;
}

/** The two lines of the coverage page, in words an ICT analyst knows. Pure. */
export function coverageOnLinux(known: LinuxCoverage): Coverage[] {
  return [homes(known), disks(known)];
}

function homes(known: LinuxCoverage): Coverage {
  const { folders, markedFilesystems, trouble } = known;
  const limits = [...(known.tellsOldNames || trouble !== undefined ? [] : [renamesUnknown])];
  if (known.unreadableHomes > 0)
    limits.push(`${known.unreadableHomes} home folders cannot be read and are not watched.`);
  const area = { watcher: 'document-saves', area: 'home folders' } as const;
  const why = [...(trouble === undefined ? [] : [trouble]), ...failures(known)];
  if (folders) {
    const how = `${markedFilesystems > 0 ? `${byFanotify(known)}, ` : ''}inotify on ${folders.count} folders`;
    const state = folders.count > 0 ? 'degraded' : 'failed';
    const poorer = ['Who saved is taken from the owner of the file.', 'A renamed document may count as saved.'];
    const last = folders.limit === undefined ? [] : [folders.limit];
    return { ...area, state, how, limits: [...why, ...limits, ...poorer, ...last].slice(0, 8) };
  }
  if (markedFilesystems > 0) return { ...area, state: 'watching', how: byFanotify(known), limits };
  return { ...area, state: 'failed', how: 'not watched', limits: [...why, ...limits] };
}

function disks(known: LinuxCoverage): Coverage {
  const area = { watcher: 'document-saves', area: 'other local disks' } as const;
  if (known.trouble !== undefined) {
    return { ...area, state: 'unsupported', how: 'Only fanotify can watch whole disks.', limits: [known.trouble] };
  }
  const limits = failures(known);
  if (known.markedFilesystems === 0) return { ...area, state: 'failed', how: 'not watched', limits };
  return { ...area, state: limits.length > 0 ? 'degraded' : 'watching', how: byFanotify(known), limits };
}

const renamesUnknown = 'This kernel does not tell old names: a renamed document may count as saved.';

function byFanotify({ markedFilesystems }: LinuxCoverage): string {
  return `fanotify on ${markedFilesystems} file system${markedFilesystems === 1 ? '' : 's'}`;
}

/** One sentence per kind of file system, however many disks. */
function failures({ failed }: LinuxCoverage): string[] {
  const sentences = failed.map(
    ({ filesystem, code }) => `A file system of type ${filesystem} cannot be marked (${code}).`,
  );
  return [...new Set(sentences)].slice(0, 3);
}
