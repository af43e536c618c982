import { hash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { judgeOwnFiles, lookAtOwnFiles } from '../../../agent/health/own-files.ts';
import type { Memory } from '../../../agent/spool/spool.ts';
import type { Change } from '../../../agent/watchers/watcher.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const files = { 'agent/cli.js': 'the agent', 'node_modules/@one/two.node': 'an addon', 'bin/node': 'node' };
let folder: ReturnType<typeof tempFolder>;
let told: Change[];
let memories: Map<string, unknown>;
beforeEach(() => {
  folder = tempFolder();
  told = [];
  memories = new Map();
  install('0.2.0', files);
});
afterEach(() => folder[Symbol.dispose]());

function write(path: string, text: string): void {
  const file = join(folder.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function install(version: string, content: Record<string, string>): void {
  for (const [path, text] of Object.entries(content)) write(path, text);
  const listed = Object.entries(content).map(([path, text]) => ({
    path,
    bytes: Buffer.byteLength(text),
    sha256: hash('sha256', text),
  }));
  const contents = { version, platform: 'linux', arch: 'x64', minimumProtocol: 1, files: listed };
  write('release.json', JSON.stringify(contents));
}

async function look(): Promise<void> {
  const found = await lookAtOwnFiles(folder.path);
  if (!found) return;
  judgeOwnFiles(found, {
    recall: (name) => memories.get(name),
    record(changes: readonly Change[], { name, value }: Memory) {
      told.push(...changes);
      memories.set(name, value);
    },
  });
}

const tampered = (because: RegExp) => ({
  kind: 'agent.tampered',
  data: { what: 'agent-files', because: expect.stringMatching(because) },
});

it.each([
  ['changed', () => write('agent/cli.js', 'another agent'), /changed agent\/cli\.js/],
  ['taken away', () => rmSync(join(folder.path, 'bin/node')), /missing bin\/node/],
  ['added', () => write('agent/extra.js', 'more'), /added agent\/extra\.js/],
  [
    'changed together with the list',
    () => install('0.2.0', { ...files, 'agent/cli.js': 'another agent' }),
    /the list of its files is another/,
  ],
])('a file that was %s is told, once', async (_what, change, says) => {
  await look();
  expect(told).toEqual([]);
  change();
  await look();
  await look();
  expect(told).toEqual([tampered(says)]);
});

it('another version is another list, and no reason for a word', async () => {
  await look();
  install('0.3.0', { ...files, 'agent/cli.js': 'the next agent' });
  await look();
  expect(told).toEqual([]);
});

it('a second change is told beside the first, and a mended one not at all', async () => {
  await look();
  write('agent/cli.js', 'another agent');
  await look();
  write('bin/node', 'another node');
  await look();
  install('0.2.0', files);
  await look();
  expect(told).toEqual([tampered(/changed agent\/cli\.js\./), tampered(/changed agent\/cli\.js, bin\/node/)]);
});

it('a checkout has no list, and a list that leads out of the program is none', async () => {
  rmSync(join(folder.path, 'release.json'));
  expect(await lookAtOwnFiles(folder.path)).toBeUndefined();
  install('0.2.0', {});
  const outside = { path: '../../etc/passwd', bytes: 1, sha256: 'a'.repeat(64) };
  write(
    'release.json',
    JSON.stringify({ version: '0.2.0', platform: 'linux', arch: 'x64', minimumProtocol: 1, files: [outside] }),
  );
  await expect(lookAtOwnFiles(folder.path)).rejects.toThrow(/does not fit/);
});
