import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileChannel } from '../../../../collector/exports/channels/file.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';
import { testRecord } from '../example-records.ts';

const settings = { name: 'file', channel: 'file', format: 'jsonl', path: 'x', rotateAt: 65_536, keep: 2 } as const;
const batchOf = (line: string) => [{ record: testRecord, line }];
const signal = new AbortController().signal;

it('adds lines to a file that only its owner may read', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 'below', 'records.jsonl');
  const channel = fileChannel(settings, path);
  await channel.send(batchOf('{"n":1}'), signal);
  await channel.send(batchOf('{"n":2}'), signal);
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('begins a line of its own after one that a crash tore', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 'records.jsonl');
  appendFileSync(path, '{"n":1}\n{"n"');
  await fileChannel(settings, path).send(batchOf('{"n":2}'), signal);
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n"\n{"n":2}\n');
});

it('begins a new file when the old one is large, and keeps as many as it was told', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 'records.jsonl');
  const channel = fileChannel(settings, path);
  for (const mark of ['a', 'b', 'c', 'd']) await channel.send(batchOf(mark.repeat(70_000)), signal);
  const firstOf = (file: string) => readFileSync(file, 'utf8').charAt(0);
  expect([path, `${path}.1`, `${path}.2`].map(firstOf)).toEqual(['d', 'c', 'b']);
  expect(existsSync(`${path}.3`)).toBe(false);
});
