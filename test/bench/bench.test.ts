import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figure } from './figures.ts';

const program = fileURLToPath(new URL('run.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

async function quickly(bench: string): Promise<Figure[]> {
  const { stdout } = await run(bench, '--quick', '--json');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figure);
}

// Says nothing about speed: a figure is printed only when everything sent is stored and every chain holds.
it('sends a small load through a real collector and prints every figure with its yardstick', async () => {
  const figures = await quickly('ingest');
  expect(figures.map(({ figure }) => figure)).toEqual([
    'events-per-second',
    'processor-time',
    'ack-p99',
    'processor-time-4',
    'processor-time-8',
  ]);
  const [throughput] = figures;
  expect(throughput).toMatchObject({ bench: 'ingest', unit: 'events/s', runs: { count: 1 } });
  expect(throughput?.value).toBeGreaterThan(0);
  expect(throughput?.yardstick.value).toBeGreaterThan(0);
  expect(throughput?.ratio).toBeGreaterThan(0);
  expect(throughput?.how).toMatch(/[1-9]\.\d % raise an alert/);
});

it('counts identifiers in prose, tables and documents beside grep', async () => {
  const figures = await quickly('scan');
  expect(figures.map(({ figure }) => figure)).toEqual([
    'prose',
    'prose-processor',
    'prose-ripgrep',
    'prose-ripgrep-processor',
    'numbers',
    'numbers-processor',
    'numbers-ripgrep',
    'numbers-ripgrep-processor',
    'documents',
    'documents-processor',
    ...[0.25, 0.5, 1, 2].map((size) => `prose-of-${size}-megabytes`),
  ]);
  for (const { value } of figures) expect(value).toBeGreaterThan(0);
  expect(figures[0]?.ratio).toBeGreaterThan(0);
});

const consolePages = ['alert-list', 'alert-page', 'computer-page', 'home', 'search', 'computers', 'media', 'software'];

it.each([
  ['connections', ['memory-per-agent-25', 'memory-per-agent-50', 'memory', 'idle-cpu']],
  [
    'reconnect-storm',
    ['all-served', 'half-served', 'peak-memory', 'page-longest', 'per-thousand-20', 'per-thousand-40'],
  ],
  [
    'latency',
    [
      ...['on-agents-disk', 'stored', 'on-console'].flatMap((stage) => [`${stage}-p50`, `${stage}-p95`]),
      ...[100, 200].flatMap((rate) => [`stored-beside-${rate}`, `on-console-beside-${rate}`]),
    ],
  ],
  [
    'console',
    [
      ...consolePages.flatMap((page) => [`${page}-p50`, `${page}-p95`]),
      'ack-p95',
      'ingest-while-browsing',
      ...[10_000, 20_000].flatMap((events) => consolePages.map((page) => `${page}-beside-${events}`)),
    ],
  ],
  ['spool', ['one-by-one', 'grouped-10', 'backlog-100', 'backlog-200']],
])('%s gives every figure, with how it was taken', async (bench, names) => {
  const figures = await quickly(bench);
  expect(figures.map(({ figure }) => figure)).toEqual(names);
  for (const { value, how } of figures) {
    expect(Number.isFinite(value)).toBe(true);
    expect(how).not.toBe('');
  }
  const beside = figures.filter(({ yardstick }) => !yardstick.name.startsWith('none: '));
  expect(beside.length).toBeGreaterThan(0);
  for (const { ratio } of beside) expect(ratio).not.toBeNull();
});

it('names the benches there are when asked for one there is not', async () => {
  await expect(run('nonsense')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('ingest') });
});
