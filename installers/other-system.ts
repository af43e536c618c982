import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './program.ts';
import { must } from './windows/run.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Packages as the lock file has them, for another system. @returns the folder of packages */
export function fetchPackages(folder: string, target: Target): string {
  mkdirSync(folder);
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(checkout, name), join(folder, name));
  const [os, cpu] = target.split('-');
  const words = ['--omit=dev', `--os=${os}`, `--cpu=${cpu}`, '--ignore-scripts', '--no-audit', '--no-fund'];
  must('npm', ['ci', '--prefer-offline', ...words], { cwd: folder, mayTalk: true });
  return join(folder, 'node_modules');
}
