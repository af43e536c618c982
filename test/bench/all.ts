import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure } from './figures.ts';
import { benchmarksPage } from './page.ts';

export interface AllOptions {
  names: readonly string[];
  quick: boolean;
  /** Folder in which each bench leaves its figures, one line of JSON each. */
  folder: string;
  says(text: string): void;
}

const program = fileURLToPath(new URL('run.ts', import.meta.url));
const execute = promisify(execFile);

/** Runs one bench after the other, each in a process of its own, so that none finds the memory of another. @returns the page */
export async function runAll({ names, quick, folder, says }: AllOptions): Promise<{ page: string; failed: string[] }> {
  mkdirSync(folder, { recursive: true });
  const failed: string[] = [];
  const files: string[] = [];
  for (const name of names) {
    const began = performance.now();
    const file = join(folder, `${name}.jsonl`);
    try {
      const args = [program, name, '--json', ...(quick ? ['--quick'] : [])];
      const { stdout } = await execute(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
      writeFileSync(file, stdout);
      files.push(file);
      says(`${name}: ${Math.round((performance.now() - began) / 1000)} s`);
    } catch (error) {
      failed.push(name);
      says(`${name} has no figure: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }
  return { page: pageOf(files, failed), failed };
}

/** @param files what `--json` printed of one bench or several */
export function pageOf(files: readonly string[], failed: readonly string[] = []): string {
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  const figures = lines.map((line) => JSON.parse(line) as Figure);
  return benchmarksPage({ figures, failed });
}
