import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { print } from '#shared/command-line.ts';
import { type Figure, figureText } from '../bench/figures.ts';
import { checkout, findLab, type Lab } from './lab.ts';
import { CannotBuild } from './prepare/steps.ts';
import { prepare } from './prepare.ts';

/** Exit status when the laboratory cannot be built here; 77 means "skipped" to many test harnesses. */
const cannotBuild = 77;
const ownOptions = ['--bench', '--json', '--quick', '--short'];
/** What `--short` runs, with one device of each kind. */
const shortFiles = ['enforced-matrix.vm', 'read-only.vm', 'enforcement-ends.vm'];

/**
 * `npm run vm-test -- [--short] [what vitest takes]`: builds the laboratory where needed, then runs the tests in it;
 * with `--bench [--json] [--quick]` it measures instead.
 */
try {
  const args = process.argv.slice(2);
  const isJson = args.includes('--json');
  const lab = findLab(process.env);
  await prepare(lab, isJson ? () => undefined : print);
  const rest = args.filter((arg) => !ownOptions.includes(arg));
  if (args.includes('--bench')) process.exitCode = runBench(lab, rest, isJson, args.includes('--quick'));
  else if (args.includes('--short'))
    process.exitCode = runVitest([...shortFiles, ...rest], { PORTCULLIS_VM_SHORT: '1' });
  else process.exitCode = runVitest(rest, {});
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = cannotBuild;
}

/** The figures come by a file, because what the runner prints is for people; a run that is cut short leaves them there. */
function runBench(lab: Lab, args: string[], isJson: boolean, isQuick: boolean): number {
  const file = join(lab.folder, 'figures.json');
  rmSync(file, { force: true });
  const status = runVitest(args, { PORTCULLIS_VM_FIGURES: file, ...(isQuick && { PORTCULLIS_VM_QUICK: '1' }) });
  const figures: Figure[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  for (const figure of figures) print(isJson ? JSON.stringify(figure) : figureText(figure));
  return status;
}

function runVitest(args: string[], environment: Record<string, string>): number {
  const vitest = join(checkout, 'node_modules', 'vitest', 'vitest.mjs');
  const config = join(checkout, 'test', 'vm', 'vitest.config.ts');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...args], {
    cwd: checkout,
    env: { ...process.env, ...environment },
    // Figures alone go to the standard output.
    stdio: environment.PORTCULLIS_VM_FIGURES === undefined ? 'inherit' : ['inherit', 2, 'inherit'],
  });
  return status ?? 1;
}
