import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print } from '#shared/command-line.ts';
import { type Figure, figureText } from '../bench/figures.ts';
import { checkout, findLab } from './lab.ts';
import { CannotBuild } from './prepare/steps.ts';
import { prepare } from './prepare.ts';

/** Exit status when the laboratory cannot be built here; 77 means "skipped" to many test harnesses. */
const cannotBuild = 77;
const benchOptions = ['--bench', '--json', '--quick'];

/**
 * `npm run vm-test -- [what vitest takes]`: builds the laboratory where needed, then runs the tests in it; with
 * `--bench [--json] [--quick]` it measures instead.
 */
try {
  const args = process.argv.slice(2);
  const isJson = args.includes('--json');
  await prepare(findLab(process.env), isJson ? () => undefined : print);
  const rest = args.filter((arg) => !benchOptions.includes(arg));
  process.exitCode = args.includes('--bench') ? runBench(rest, isJson, args.includes('--quick')) : runVitest(rest, {});
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = cannotBuild;
}

/** The figures come by a file, because what the runner prints is for people. */
function runBench(args: string[], isJson: boolean, isQuick: boolean): number {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-vm-figures-'));
  try {
    const file = join(folder, 'figures.json');
    const status = runVitest(args, { PORTCULLIS_VM_FIGURES: file, ...(isQuick && { PORTCULLIS_VM_QUICK: '1' }) });
    const figures: Figure[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
    for (const figure of figures) print(isJson ? JSON.stringify(figure) : figureText(figure));
    return status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
