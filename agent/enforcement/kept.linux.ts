import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Type from 'typebox';
import { checker, exactObject } from '#shared/schema.ts';
import { runtimeFolder } from './marks.linux.ts';

const Paths = Type.Record(Type.String(), Type.String());

/**
 * What the agent changed and what stood there before, so that the former state can be restored, also by a run that
 * comes after a crash. Kept in /run: a restart of the computer undoes all of it and forgets it at once.
 */
const KeptSchema = exactObject({
  /** Former values of the doors, by path below /sys. */
  doors: Paths,
  /** Ports of USB devices that another hand had refused before. */
  foreign: Type.Array(Type.String(), { maxItems: 1024 }),
  /** Block devices that were made read-only. */
  readOnly: Type.Array(Type.String(), { maxItems: 4096 }),
  /** Former permissions of closed nodes, octal, by name of the block device. */
  nodes: Paths,
});
export type Kept = Type.Static<typeof KeptSchema>;

const fileOf = (run: string) => `${runtimeFolder(run)}/enforcement.json`;

/** @returns undefined when nothing is changed; a file that cannot be read counts so */
export function readKept(run: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(run), 'utf8'));
    return checker(KeptSchema).check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws when /run cannot be written: then nothing may be changed, because it could not be restored */
export function writeKept(run: string, kept: Kept): void {
  mkdirSync(runtimeFolder(run), { recursive: true, mode: 0o700 });
  writeFileSync(`${fileOf(run)}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${fileOf(run)}.new`, fileOf(run));
}

export function removeKept(run: string): void {
  rmSync(fileOf(run), { force: true });
}
