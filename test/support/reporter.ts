import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { Proof } from './proofs.ts';

/** A proof, the test it comes from, and whether that test passed. */
export interface ProvenRow extends Pick<Proof, 'os' | 'by' | 'capability' | 'shows'> {
  area?: string | undefined;
  test: string;
  passed: boolean;
}
/** What one run of a suite showed, test file by test file: also those that prove nothing any more. */
export interface SupportReport {
  /** Day of the run. */
  date: string;
  commit: string;
  files: Record<string, ProvenRow[]>;
}

const suites = ['wine', 'vm', 'deb'];

/** Writes what the tests of a run prove to `test-results/support-….json`, from which `npm run support-table` takes it. */
export default class SupportReporter implements Reporter {
  #root = '.';
  #suite = 'test';

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    const file = vitest.vite.config.configFile;
    const folder = file ? basename(join(file, '..')) : 'test';
    this.#suite = suites.includes(folder) ? folder : 'test';
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = Object.fromEntries(
      modules.map((module) => [relative(this.#root, module.moduleId).replaceAll('\\', '/'), rowsOf(module)]),
    );
    if (Object.values(files).every((rows) => rows.length === 0)) return;
    const folder = join(this.#root, 'test-results');
    mkdirSync(folder, { recursive: true });
    const report: SupportReport = { date: new Date().toISOString().slice(0, 10), commit: commitOf(this.#root), files };
    writeFileSync(join(folder, `support-${this.#suite}.json`), `${JSON.stringify(report, null, 2)}\n`);
  }
}

function rowsOf(module: TestModule): ProvenRow[] {
  const rows = [...module.children.allTests()].flatMap((test): ProvenRow[] =>
    (test.meta().proves ?? []).map((proof) => ({
      ...proof,
      test: test.fullName,
      passed: test.result().state === 'passed',
    })),
  );
  // A test that is tried again says the same once more.
  const once = [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
  return once.sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

/** A run outside a checkout proves nothing of a certain commit. */
function commitOf(root: string): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=10', 'HEAD') + (isChanged ? ' and changes' : '');
  } catch {
    return 'none';
  }
}
