import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { flagAt, parseDict, textAt, textsAt } from '../../../agent/platform/darwin/plist.ts';
import { buildDarwinTar, machoTarget } from '../../../installers/macos/tar.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../installers/macos/${name}`, import.meta.url));
const text = (name: string) => readFileSync(path(name), 'utf8');

test('launchd starts what the script installs, and starts it again', () => {
  const daemon = parseDict(text('org.portcullis.agent.plist'));
  expect(textAt(daemon, 'Label')).toBe('org.portcullis.agent');
  expect(flagAt(daemon, 'KeepAlive')).toBe(true);
  const [node = '', launcher = ''] = textsAt(daemon, 'ProgramArguments');
  const base = /^base='(.*)'$/m.exec(text('install.sh'))?.[1];
  expect(node).toBe(`${base}/program/bin/node`);
  expect(launcher).toBe(`${base}/program/agent/portcullis-agent.cjs`);
  for (const name of ['uninstall.sh', 'portcullis-agent']) expect(text(name)).toContain(`base='${base}'`);
});

test.each(['install.sh', 'uninstall.sh', 'portcullis-agent'])('%s is a script that sh can read', (name) => {
  expect(spawnSync('sh', ['-n', path(name)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  ['install.sh', ['--collector'], 2],
  ['install.sh', ['--unknown', 'x'], 2],
])('%s %j is wrong use', (name, args, status) => {
  expect(spawnSync('sh', [path(name), ...args], { encoding: 'utf8' }).status).toBe(status);
});

test.each([
  ['cffaedfe0c000001', 'darwin-arm64'],
  ['cffaedfe07000001', 'darwin-x64'],
])('a Mach-O that begins with %s is of %s', (head, target) => {
  expect(machoTarget(Buffer.from(head, 'hex'))).toBe(target);
});

test.each(['7f454c4602010100', 'cafebabe00000002', '', 'cffaedfe'])('%j is no Node of macOS', (head) => {
  expect(() => machoTarget(Buffer.from(head, 'hex'))).toThrow(/darwin-arm64/);
});

test('without Node for macOS nothing is built, and the message says where to get it', async () => {
  const building = { folder: '/nowhere', moment: 0, quick: true };
  await expect(buildDarwinTar('1.0.0', building)).rejects.toThrow(/nodejs\.org/);
});
