import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/wine/**/*.wine.ts'],
    // They share one laboratory.
    fileParallelism: false,
    maxWorkers: 1,
    pool: 'forks',
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ['default', './test/support/reporter.ts'],
  },
});
