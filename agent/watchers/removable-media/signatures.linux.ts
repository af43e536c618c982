import { readSignature, type Signature } from '../../platform/blkid.linux.ts';
import type { Look } from '../watcher.ts';
import type { Part } from './volumes.linux.ts';

/** A volume that was written anew without being mounted is noticed after this time at the latest. */
const freshMilliseconds = 300_000;
/** After a failure, which may have been a node that was not there yet. */
const retryMilliseconds = 10_000;
const longestWaitMilliseconds = 5_000;

interface Known {
  /** State of the device when its signature was read. */
  state: string;
  readAt: number;
  signature?: Signature;
}

/**
 * Signatures of volumes, read when a volume is new, changes, or was last read long ago: each reading is a process. One
 * that does not answer, because its device hangs, is waited for once and not asked again while it hangs.
 */
export function signatureReader(
  dev: string,
  now: () => number,
  read: (node: string) => Promise<Look<Signature>> = readSignature,
) {
  const known = new Map<string, Known>();
  const hanging = new Set<string>();

  async function readAnew(name: string, state: string): Promise<Signature | undefined> {
    if (hanging.has(name)) return undefined;
    hanging.add(name);
    const reading = read(`${dev}/${name.replaceAll('!', '/')}`).finally(() => hanging.delete(name));
    const look = await Promise.race([reading, delay(longestWaitMilliseconds)]);
    const signature = look?.ok ? look.seen : undefined;
    known.set(name, { state, readAt: now(), ...(signature && { signature }) });
    return signature;
  }

  return {
    /** Undefined when it could not be read. */
    async signatureOf(part: Part): Promise<Signature | undefined> {
      const state = stateOf(part);
      const last = known.get(part.block.name);
      const keep = last?.signature ? freshMilliseconds : retryMilliseconds;
      const isFresh = last?.state === state && now() - last.readAt < keep;
      return isFresh ? last.signature : readAnew(part.block.name, state);
    },
    /** Lets go of volumes that are gone. */
    keepOnly(names: ReadonlySet<string>): void {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    },
  };
}

function stateOf({ block, opened, mount }: Part): string {
  return [block.device, block.sequence, block.sizeBytes, block.mapper?.uuid, opened, mount?.filesystem].join(' ');
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds, undefined).unref();
  });
}
