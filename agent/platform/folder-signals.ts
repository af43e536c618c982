import { type FSWatcher, watch } from 'node:fs';

/** Unwanted signs in a minute from which a folder is too loud to be listened to. */
const mostNoise = 60;
const minute = 60_000;

/**
 * Calls `wake` when an entry whose name is wanted appears in a folder or goes. On older kernels each write to a node
 * such as `/dev/null` is a sign too; a folder that is too loud is left alone until the minute is over, so that the
 * cost stays bounded. What happens meanwhile is for the periodic look to find.
 * @param wake is told the name, where the system tells it
 * @returns undefined when there is no such folder
 */
export function watchFolder(
  folder: string,
  isWanted: (name: string) => boolean,
  wake: (name: string | null) => void,
): { stop(): void } | undefined {
  let watcher: FSWatcher | undefined;
  let noise = 0;
  const hear = (event: string, name: string | null) => {
    // `change` is a write or a new owner; appearing and going are both called `rename`.
    if (event === 'rename' && (name === null || isWanted(name))) wake(name);
    else if (++noise > mostNoise) close();
  };
  const close = () => {
    watcher?.close();
    watcher = undefined;
  };
  const open = () => {
    noise = 0;
    watcher ??= tryWatch(folder, hear, close);
  };
  open();
  if (!watcher) return undefined;
  const timer = setInterval(open, minute);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      close();
    },
  };
}

function tryWatch(
  folder: string,
  hear: (event: string, name: string | null) => void,
  fail: () => void,
): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, hear).on('error', fail);
  } catch {
    return undefined;
  }
}
