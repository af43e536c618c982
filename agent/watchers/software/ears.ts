import { existsSync, type FSWatcher, watch } from 'node:fs';
import type { Sign } from './reader.ts';

export interface Ears {
  /** Listens at every folder that is there and not listened at yet. Whether all that are there are heard, and any is. */
  listenAt(signs: readonly Sign[]): boolean;
  stop(): void;
}

/** Calls `hear` at each sign, be it late, early or doubled. Holds no process open. */
export function earsFor(hear: () => void): Ears {
  const ears = new Map<string, FSWatcher>();

  function listenTo({ folder, names }: Sign): void {
    try {
      const ear = watch(folder, { persistent: false }, (_, name) => {
        if (!names || name === null || names.includes(name)) hear();
      });
      ears.set(folder, ear);
      ear.on('error', () => {
        ear.close();
        ears.delete(folder);
      });
    } catch {
      // No more watches to be had. The coverage says that this folder is only looked at from time to time.
    }
  }

  return {
    listenAt(signs) {
      const there = signs.filter(({ folder }) => existsSync(folder));
      for (const sign of there) if (!ears.has(sign.folder)) listenTo(sign);
      return there.length > 0 && there.every(({ folder }) => ears.has(folder));
    },
    stop() {
      for (const ear of ears.values()) ear.close();
      ears.clear();
    },
  };
}
