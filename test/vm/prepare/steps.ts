import { hash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#shared/errors.ts';

/** Why the laboratory cannot be built on this computer, as a sentence for people. */
export class CannotBuild extends Error {}

export interface Steps {
  /**
   * Does one part of the preparation, unless it was done before with the same key.
   * @param key says everything the result depends on
   * @param results files and folders the step makes; what is left of an earlier attempt is removed first
   */
  step(name: string, key: string, results: readonly string[], make: () => void | Promise<void>): Promise<void>;
}

export function stepsIn(folder: string, say: (line: string) => void, now: () => number): Steps {
  mkdirSync(folder, { recursive: true });
  return {
    async step(name, key, results, make) {
      const stamp = join(folder, `${name.replaceAll(' ', '-')}.done`);
      if (readStamp(stamp) === key) return;
      rmSync(stamp, { force: true });
      for (const result of results) rmSync(result, { recursive: true, force: true });
      const startedAt = now();
      say(`${name} …`);
      await make();
      writeFileSync(stamp, key);
      say(`${name}: ${((now() - startedAt) / 1000).toFixed(1)} s`);
    },
  };
}

function readStamp(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A word that changes when a file that fits one of the patterns does. */
export function stateOfFiles(root: string, patterns: readonly string[]): string {
  const states = globSync([...patterns], { cwd: root })
    .sort()
    .map((file) => {
      const { mtimeMs, size } = statSync(join(root, file));
      return `${file} ${mtimeMs} ${size}`;
    });
  return hash('sha256', states.join('\n'));
}
