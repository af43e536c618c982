import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [process.env.PORTCULLIS_VM_FIGURES === undefined ? 'test/vm/**/*.vm.ts' : 'test/vm/**/*.bench.ts'],
    // One emulated machine uses both cores of a small computer.
    fileParallelism: false,
    maxWorkers: 1,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ['default', './test/support/reporter.ts'],
  },
});
