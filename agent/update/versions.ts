import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '#shared/files.ts';

/**
 * The folder that says which version runs, for the launcher (installers/linux/launch.sh) as much as for the agent: one word a
 * line, so that a shell can read it.
 *
 *     current   version in use, and that of the package it is used instead of
 *     trial     version to be tried, that of the package, how often it may still be started, and within how many seconds
 *               it has to have reported
 *     failed    version that was given up, and why
 *     0.2.0/    a version, whole
 */
export interface Versions {
  folder: string;
  /** Where a version lies, or will. */
  of(version: string): string;
  current(): string | undefined;
  /** The version on trial. */
  trial(): string | undefined;
  beginTrial(version: string, reportWithin: number): void;
  /** The version on trial is the one in use from now on. */
  confirm(version: string): void;
  /** What the launcher gave up; told once. */
  takeFailed(): { version: string; why: string } | undefined;
  /** Removes all versions but these, and what was left half done. */
  keepOnly(versions: readonly string[]): void;
}

/** Starts of a version on trial: a power cut is none of its fault. */
const attempts = 3;

/** @param base version of the package that the launcher belongs to */
export function versionsIn(folder: string, base: string): Versions {
  const file = (name: string) => join(folder, name);
  const lines = (name: string) => readIfThere(file(name))?.split('\n') ?? [];
  const write = (name: string, words: readonly (string | number)[]) =>
    writeDurably(file(name), words.map((word) => `${word}\n`).join(''));
  return {
    folder,
    of: (version) => join(folder, version),
    current: () => lines('current')[0],
    trial: () => lines('trial')[0],
    beginTrial: (version, reportWithin) => write('trial', [version, base, attempts, reportWithin]),
    confirm(version) {
      write('current', [version, base]);
      rmSync(file('trial'), { force: true });
    },
    takeFailed() {
      const [version, why] = lines('failed');
      rmSync(file('failed'), { force: true });
      return version === undefined || why === undefined ? undefined : { version, why };
    },
    keepOnly(versions) {
      const kept = new Set<string>([...versions, 'current', 'trial', 'failed']);
      for (const name of readdirSync(folder)) {
        if (!kept.has(name)) rmSync(file(name), { recursive: true, force: true });
      }
    },
  };
}
