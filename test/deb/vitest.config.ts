import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deb/**/*.deb.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 900_000,
    reporters: ['default', './test/support/reporter.ts'],
    expect: { poll: { timeout: 60_000 } },
  },
});
