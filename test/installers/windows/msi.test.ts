import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildActions } from '../../../installers/windows/actions.ts';
import { guid, installedFiles } from '../../../installers/windows/files.ts';
import { buildHost } from '../../../installers/windows/host.ts';
import { compile } from '../../../installers/windows/msi.ts';
import { must, temporaryFolder } from '../../../installers/windows/run.ts';
import { sign, signingOf } from '../../../installers/windows/sign.ts';
import { readsSignature, signingKey } from './signing-key.ts';

const needed = ['wixl', 'msiinfo', 'msibuild', 'x86_64-w64-mingw32-gcc'];
const missing = needed.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error);
const tools = missing.length === 0 ? test : test.skip;
const because = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')} here)`;

const moment = 1_767_225_600;
const programs = mkdtempSync(join(tmpdir(), 'portcullis-programs-'));
afterAll(() => rmSync(programs, { recursive: true, force: true }));
beforeAll(() => {
  if (missing.length > 0) return;
  buildHost(join(programs, 'portcullis-host.exe'), '1.4.12');
  buildActions(programs);
}, 300_000);

/** A package of the real host and an invented program, which takes a second to make. */
function smallPackage(folder: string, when = moment): string {
  cpSync(programs, folder, { recursive: true });
  mkdirSync(join(folder, 'content', 'agent'), { recursive: true });
  writeFileSync(join(folder, 'content', 'agent', 'A & B.js'), 'text');
  for (const name of ['portcullis-host.exe', 'content/agent/A & B.js']) utimesSync(join(folder, name), when, when);
  const file = join(folder, 'small.msi');
  compile(folder, file, { version: '1.4.12', moment: when });
  return file;
}

tools(`the package says what it should to Windows Installer${because}`, () => {
  using work = temporaryFolder();
  const file = smallPackage(work.path);
  const table = (name: string) => must('msiinfo', ['export', file, name]).split(/\r?\n/);
  const property = (name: string) =>
    table('Property')
      .find((row) => row.startsWith(`${name}\t`))
      ?.split('\t')[1];
  expect(property('MsiHiddenProperties')).toBe('TOKEN;FINGERPRINT;WriteCode');
  expect(property('SecureCustomProperties')?.split(';')).toEqual(
    expect.arrayContaining(['COLLECTOR', 'TOKEN', 'FINGERPRINT', 'REMOVEDATA', 'WIX_UPGRADE_DETECTED']),
  );
  expect(property('ARPSYSTEMCOMPONENT')).toBe('1');
  expect(property('ProductVersion')).toBe('1.4.12');
  expect(table('ServiceInstall').join('\n')).toMatch(/\tPortcullisAgent\t.*\t16\t2\t1\t.*\tLocalSystem\t/);
  // Started when installed, stopped for both, deleted when taken off: the bits of ServiceControl.Event.
  expect(table('ServiceControl').join('\n')).toMatch(/\tPortcullisAgent\t163\t/);
  expect(table('Registry').join('\n')).not.toContain('TOKEN');
  expect(table('RemoveFile').join('\n')).toContain('enrolment-code\tINSTALLDIR\t2');
  expect(table('RemoveFile').join('\n')).toContain('agent.log\tINSTALLDIR\t2');
  expect(table('LaunchCondition').join('\n')).toContain('NOT WIX_DOWNGRADE_DETECTED');
  expect(table('File').join('\n')).toContain('A & B.js');
});

tools(`the code is handed on as the system, out of sight, before the service starts${because}`, () => {
  using work = temporaryFolder();
  const file = smallPackage(work.path);
  const rows = (name: string) =>
    must('msiinfo', ['export', file, name])
      .split(/\r?\n/)
      .map((row) => row.split('\t'));
  const types = new Map(rows('CustomAction').map(([name, type]) => [name, Number(type)]));
  // Deferred, as the system, its target never logged; what tells it the code is hidden too.
  expect(types.get('WriteCode')).toBe(1 + 1024 + 2048 + 8192);
  expect(types.get('TellWriteCode')).toBe(51 + 8192);
  const order = rows('InstallExecuteSequence')
    .filter(([, , place]) => Number(place) > 0)
    .sort((a, b) => Number(a[2]) - Number(b[2]))
    .map(([name]) => name);
  const inOrder = (...names: string[]) => expect(order.filter((name) => names.includes(name ?? ''))).toEqual(names);
  inOrder('InstallFiles', 'TellForgetCode', 'ForgetCode', 'TellWriteCode', 'WriteCode', 'StartServices');
  inOrder('StopServices', 'TellRelease', 'TellReleaseAll', 'Release', 'DeleteServices', 'RemoveFiles');
});

tools(`two packages of the same content are the same bytes, others have another code${because}`, () => {
  using work = temporaryFolder();
  const make = (name: string, when: number) => {
    const folder = join(work.path, name);
    const made = readFileSync(smallPackage(folder, when));
    return { made, code: must('msiinfo', ['suminfo', join(folder, 'small.msi')]).match(/\{[0-9A-F-]{36}\}/)?.[0] };
  };
  const [first, again, later] = [make('a', moment), make('b', moment), make('c', moment + 2)];
  expect(again.made.equals(first.made)).toBe(true);
  expect(later.code).not.toBe(first.code);
});

const signing = [...missing, ...['osslsigncode', 'openssl'].filter((tool) => spawnSync(tool, ['version']).error)];
test.skipIf(signing.length > 0)(
  `a builder's key signs host and package${signing.length > 0 ? ` (skipped: no ${signing.join(', ')} here)` : ''}`,
  () => {
    using work = temporaryFolder();
    const key = signingKey(work.path);
    const file = smallPackage(work.path);
    const host = join(work.path, 'portcullis-host.exe');
    expect(readsSignature(file, key).signed).toBe(false);
    for (const one of [host, file]) {
      sign(one, key, moment);
      expect(readsSignature(one, key)).toMatchObject({
        signed: true,
        valid: true,
        by: expect.stringContaining(key.name),
      });
    }
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(4096) ^ 1, 4096);
    writeFileSync(file, bytes);
    expect(readsSignature(file, key).valid).toBe(false);
  },
);

tools(
  `host and actions are the same bytes each time; the host shows no window and needs Windows alone${because}`,
  () => {
    using work = temporaryFolder();
    const [one, other] = ['one.exe', 'other.exe'].map((name) => join(work.path, name)) as [string, string];
    for (const file of [one, other]) buildHost(file, '1.4.12');
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
    const [folder, another] = ['1', '2'].map((name) => join(work.path, name)) as [string, string];
    for (const path of [folder, another]) mkdirSync(path);
    expect(readFileSync(buildActions(folder)).equals(readFileSync(buildActions(another)))).toBe(true);
    const facts = must('x86_64-w64-mingw32-objdump', ['-p', one]);
    expect(facts).toMatch(/Subsystem\s+00000002\s+\(Windows GUI\)/);
    const libraries = [...facts.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name?.toLowerCase()).sort();
    expect(libraries).toEqual(['advapi32.dll', 'kernel32.dll', 'msvcrt.dll', 'user32.dll']);
  },
);

test('a program that cannot be run, or only warns, ends the build with how to mend it', () => {
  expect(() => must('wixl-that-is-not-there', [])).toThrow(/apt-get install/);
  expect(() => must('sh', ['-c', 'echo "WARNING: unhandled" >&2'])).toThrow(/unhandled/);
});

test('GUIDs are lasting, distinct and in capitals', () => {
  expect(guid('agent/cli.js')).toBe(guid('agent/cli.js'));
  expect(guid('agent/cli.js')).not.toBe(guid('agent/cli.cjs'));
  expect(guid('x')).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
});

test('each file is a component of its own', () => {
  using work = temporaryFolder();
  mkdirSync(join(work.path, 'a'));
  for (const name of ['a/1.js', 'a/2.js', '3.js']) writeFileSync(join(work.path, name), '');
  const { directories, references } = installedFiles(work.path);
  expect(directories.match(/<Component /g)).toHaveLength(3);
  expect(references.match(/<ComponentRef /g)).toHaveLength(3);
});

test('without a key nothing is signed', () => {
  expect(signingOf({})).toBeUndefined();
  expect(signingOf({ PORTCULLIS_SIGNING_KEY: 'k', PORTCULLIS_SIGNING_PASSWORD_FILE: 'p' })).toEqual({
    key: 'k',
    passwordFile: 'p',
  });
});
