import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Type from 'typebox';
import { checker, exactObject } from '#shared/schema.ts';

const Ids = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1024 });

/**
 * What the agent changed, so that it can be given back, also by a run that comes after a crash. Kept where a restart of
 * the Mac clears it, because a restart undoes all of it.
 */
const KeptSchema = exactObject({
  /** Volumes that were taken out of use: `disk4s1`. */
  unmounted: Ids,
  /** Volumes that were mounted again to be read only. */
  readOnly: Ids,
});
export type Kept = Type.Static<typeof KeptSchema>;

export const keptFile = '/var/run/portcullis/enforcement.json';

/** @returns undefined when nothing is changed; a file that cannot be read counts so */
export function readKept(file: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return checker(KeptSchema).check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws when it cannot be written: then nothing may be changed, because it could not be restored */
export function writeKept(file: string, kept: Kept): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeKept(file: string): void {
  rmSync(file, { force: true });
}
