import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import { usbPortOf } from '../platform/attachment.linux.ts';
import { loadReadOnlyCall } from '../platform/block-calls.linux.ts';
import { watchFolder } from '../platform/folder-signals.linux.ts';
import { deviceFolder, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { markFile } from './marks.linux.ts';

export interface Reflex {
  /** Disks that come from now on. Never throws. */
  start(): Promise<void>;
  stop(): void;
}

export interface ReflexParts {
  roots: LinuxRoots;
  log: Logger;
  load?: typeof loadReadOnlyCall;
}

/**
 * Makes USB disks without the mark `writable` read-only as soon as their node appears. Udev's rule does the same, but
 * hears of a disk only after its partitions were read, and needs a process for it; until then root could write.
 */
export function readOnlyReflex({ roots, log, load = loadReadOnlyCall }: ReflexParts): Reflex {
  let watching: { stop(): void } | undefined;
  let setReadOnly: Awaited<ReturnType<typeof load>> | undefined;

  function meet(name: string | null): void {
    const folder = name === null ? undefined : deviceFolder(roots.sys, `block/${name}`);
    const port = folder === undefined ? undefined : usbPortOf(folder);
    if (port === undefined || existsSync(markFile(roots.run, 'writable', port))) return;
    setReadOnly?.(`${roots.dev}/${name}`).catch((error: unknown) => {
      // Gone again; else udev and the plan do it a moment later.
      log.debug({ code: errorCode(error) }, 'a new disk could not be made read-only at once');
    });
  }

  return {
    async start() {
      if (watching) return;
      try {
        setReadOnly ??= await load();
        watching = watchFolder(roots.dev, (name) => /^sd[a-z]+$/.test(name), meet);
      } catch (error) {
        log.warn({ code: errorCode(error) }, 'new disks are made read-only by udev alone');
      }
    },
    stop() {
      watching?.stop();
      watching = undefined;
    },
  };
}
