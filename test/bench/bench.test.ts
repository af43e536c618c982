import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figure } from './figures.ts';

const program = fileURLToPath(new URL('run.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

// Says nothing about speed: a figure is printed only when everything sent is stored and every chain holds.
it('sends a small load through a real collector and prints every figure with its yardstick', async () => {
  const { stdout } = await run('ingest', '--quick', '--json');
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
  expect(figures.map(({ figure }) => figure)).toEqual(['events-per-second', 'processor-time', 'ack-p99']);
  const [throughput] = figures;
  expect(throughput).toMatchObject({ bench: 'ingest', unit: 'events/s', runs: { count: 1 } });
  expect(throughput?.value).toBeGreaterThan(0);
  expect(throughput?.yardstick.value).toBeGreaterThan(0);
  expect(throughput?.ratio).toBeGreaterThan(0);
  expect(throughput?.how).toMatch(/[1-9]\.\d % raise an alert/);
});

it('counts identifiers in prose, tables and documents beside grep', async () => {
  const { stdout } = await run('scan', '--quick', '--json');
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
  expect(figures.map(({ figure }) => figure)).toEqual([
    'prose',
    'prose-ripgrep',
    'numbers',
    'numbers-ripgrep',
    'documents',
  ]);
  for (const { value } of figures) expect(value).toBeGreaterThan(0);
  expect(figures[0]?.ratio).toBeGreaterThan(0);
});

it('names the benches there are when asked for one there is not', async () => {
  await expect(run('nonsense')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('ingest') });
});
