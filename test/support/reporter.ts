import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { Proof } from './proofs.ts';

/** A proof, the test it comes from, and whether that test passed. */
export interface ProvenRow extends Proof {
  test: string;
  passed: boolean;
}

/** Writes what the tests of a run prove to `test-results/support-….json`, from which a table of support can be made. */
export default class SupportReporter implements Reporter {
  #root = '.';
  #suite = 'test';

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    const file = vitest.vite.config.configFile;
    const folder = file ? basename(join(file, '..')) : 'test';
    this.#suite = ['wine', 'vm'].includes(folder) ? folder : 'test';
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test): ProvenRow[] =>
        (test.meta().proves ?? []).map((proof) => ({
          ...proof,
          test: test.fullName,
          passed: test.result().state === 'passed',
        })),
      );
    if (rows.length === 0) return;
    const folder = join(this.#root, 'test-results');
    mkdirSync(folder, { recursive: true });
    const sorted = rows.sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
    writeFileSync(join(folder, `support-${this.#suite}.json`), `${JSON.stringify(sorted, null, 2)}\n`);
  }
}
