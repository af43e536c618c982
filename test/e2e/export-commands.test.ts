import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { csvColumns } from '../../collector/exports/csv.ts';
import { readCsv } from '../../collector/register/csv.ts';
import { parseCef } from '../collector/exports/parse-cef.ts';
import { done, type Programs, programs } from './programs.ts';

let here: Programs;
beforeAll(async () => {
  here = await programs();
  here.startAgent(0);
  await vi.waitFor(
    async () => expect(JSON.parse((await here.collector('events', '--json')).stdout).length).toBeGreaterThan(1),
    { timeout: 60_000, interval: 200 },
  );
  await here.stop('agent');
});
afterAll(() => here[Symbol.asyncDispose]());

it('writes the same events in every format, and holds to the filters', async () => {
  const count = (JSON.parse((await done(here.collector('events', '--json'))).stdout) as unknown[]).length;
  const linesOf = async (...args: string[]) =>
    (await done(here.collector('export', 'events', ...args))).stdout.split('\n').filter((line) => line !== '');
  const ocsf = await linesOf('--format', 'ocsf');
  expect(ocsf.map((line) => JSON.parse(line).metadata.version)).toEqual(Array(count).fill('1.8.0'));
  expect((await linesOf('--format', 'jsonl')).map((line) => JSON.parse(line).ecs.version)).toHaveLength(count);
  expect((await linesOf('--format', 'cef')).map(parseCef)).toHaveLength(count);
  expect(readCsv((await linesOf('--format', 'csv')).join('\n'), csvColumns, ['uid'])).toHaveLength(count);
  const started = await linesOf('--format', 'cef', '--kind', 'agent.started');
  expect(started.map((line) => parseCef(line).header.signature)).toEqual(['agent.started']);
  expect(await linesOf('--format', 'jsonl', '--until', '2020-01-01T00:00:00Z')).toEqual([]);
});

it('writes into a new file that only its owner reads, and never over another', async () => {
  const file = join(here.home, 'events.csv');
  expect((await done(here.collector('export', 'events', '--format', 'csv', '--out', file))).stdout).toMatch(
    /events written/,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = readFileSync(file, 'utf8');
  expect(await here.collector('export', 'events', '--format', 'csv', '--out', file)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is there already'),
  });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

it('refuses what it does not understand', async () => {
  expect(await here.collector('export', 'events')).toMatchObject({ status: 2 });
  expect(await here.collector('export', 'events', '--format', 'cef', '--since', 'soon')).toMatchObject({ status: 2 });
  expect(await here.collector('export', 'pause', 'nowhere')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no such destination'),
  });
});

it('tells of destinations and disclosures where there are none', async () => {
  expect((await done(here.collector('export', 'status'))).stdout).toContain('name no destination');
  expect(JSON.parse((await done(here.collector('disclosure', 'list', '--json'))).stdout)).toEqual([]);
  const out = join(here.home, 'copy.zip');
  expect(await here.collector('disclosure', 'export', '1', '--out', out)).toMatchObject({ status: 2 });
  expect(existsSync(out)).toBe(false);
});
