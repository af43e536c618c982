import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { print } from '#shared/command-line.ts';
import { checkout } from '../vm/lab.ts';
import { CannotBuild } from '../vm/prepare/steps.ts';
import { findLab } from './lab.ts';
import { prepare } from './prepare.ts';

/** Exit status when the laboratory cannot be built here; 77 means "skipped" to many test harnesses. */
const cannotBuild = 77;

/** `npm run wine-test -- [what vitest takes]`: builds the laboratory where needed, then runs the tests in it. */
try {
  const startedAt = performance.now();
  await prepare(findLab(process.env), print);
  print(`The laboratory is ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  process.exitCode = runVitest(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = cannotBuild;
}

function runVitest(args: string[]): number {
  const vitest = join(checkout, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(checkout, 'test', 'wine', 'vitest.config.ts');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...args], {
    cwd: checkout,
    stdio: 'inherit',
  });
  return status ?? 1;
}
