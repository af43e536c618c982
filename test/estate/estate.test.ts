import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startCollectorChild } from './collector-child.ts';
import { proveStored } from './proof.ts';

const program = fileURLToPath(new URL('run.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe('the simulated estate', () => {
  it('enrols, connects, reports and comes back, and everything acknowledged is stored', async () => {
    const collector = await startCollectorChild('estate');
    try {
      const codes = [await collector.code(2), await collector.code(5)];
      const { stdout } = await run(
        ...['--agents', '7', '--collector', collector.url, '--code', ...codes, '--minutes', '0.05', '--json'],
        ...['--rate', '600', '--batch', '4', '--reconnect', '1'],
      );
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ agents: 7, processes: 1, connected: 7, refused: {} });
      expect(report.acknowledged).toBeGreaterThan(7);
      expect(report.acknowledged).toBe(report.sent);
      await proveStored(collector.store, report.acknowledged);
    } finally {
      await collector.stop();
    }
  });

  it('says that there are too few codes', async () => {
    const collector = await startCollectorChild('estate');
    try {
      const args = ['--agents', '2', '--collector', collector.url, '--code', await collector.code(1)];
      await expect(run(...args, '--minutes', '0')).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('used up, and 1 computers have none'),
      });
    } finally {
      await collector.stop();
    }
  });

  it('refuses wrong use, and says what it wants', async () => {
    await expect(run('--agents', '20000', '--collector', 'https://127.0.0.1:1', '--code', 'x')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('from 1 to 10000'),
    });
  });
});
