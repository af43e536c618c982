import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { print } from '#shared/command-line.ts';
import { checkout, findLab } from './lab.ts';
import { CannotBuild } from './prepare/steps.ts';
import { prepare } from './prepare.ts';

/** Exit status when the laboratory cannot be built here; 77 means "skipped" to many test harnesses. */
const cannotBuild = 77;

/** `npm run vm-test -- [what vitest takes]`: builds the laboratory where needed, then runs the tests in it. */
try {
  await prepare(findLab(process.env), print);
  process.exitCode = runTests(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = cannotBuild;
}

function runTests(args: string[]): number {
  const vitest = join(checkout, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(checkout, 'test', 'vm', 'vitest.config.ts');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...args], {
    cwd: checkout,
    stdio: 'inherit',
  });
  return status ?? 1;
}
