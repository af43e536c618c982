import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guid, installedFiles } from '../../../installers/windows/files.ts';
import { buildHost } from '../../../installers/windows/host.ts';
import { compile } from '../../../installers/windows/msi.ts';
import { must, temporaryFolder } from '../../../installers/windows/run.ts';
import { signingOf } from '../../../installers/windows/sign.ts';

const needed = ['wixl', 'msiinfo', 'msibuild', 'x86_64-w64-mingw32-gcc'];
const missing = needed.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error);
const tools = missing.length === 0 ? test : test.skip;
const because = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')} here)`;

/** A package of the real host and an invented program, which takes a second to make. */
function smallPackage(folder: string): string {
  mkdirSync(join(folder, 'content', 'agent'), { recursive: true });
  writeFileSync(join(folder, 'content', 'agent', 'A & B.js'), 'text');
  buildHost(join(folder, 'portcullis-host.exe'), '1.4.12');
  const file = join(folder, 'small.msi');
  compile(folder, file, { version: '1.4.12', moment: 0 });
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
  expect(property('MsiHiddenProperties')).toBe('TOKEN;FINGERPRINT');
  expect(property('SecureCustomProperties')?.split(';')).toEqual(
    expect.arrayContaining(['COLLECTOR', 'TOKEN', 'FINGERPRINT', 'WIX_UPGRADE_DETECTED']),
  );
  expect(property('ARPSYSTEMCOMPONENT')).toBe('1');
  expect(property('ProductVersion')).toBe('1.4.12');
  expect(table('ServiceInstall').join('\n')).toMatch(/\tPortcullisAgent\t.*\t16\t2\t1\t.*\tLocalSystem\t/);
  // Started when installed, stopped for both, deleted when taken off: the bits of ServiceControl.Event.
  expect(table('ServiceControl').join('\n')).toMatch(/\tPortcullisAgent\t163\t/);
  expect(table('Registry').join('\n')).toContain('2\tSOFTWARE\\Portcullis\\Enrolment\tToken\t[TOKEN]');
  expect(table('RemoveFile').join('\n')).toContain('agent.log\tINSTALLDIR\t2');
  expect(table('LaunchCondition').join('\n')).toContain('NOT WIX_DOWNGRADE_DETECTED');
  expect(table('File').join('\n')).toContain('A & B.js');
});

tools(`the host is the same bytes each time, shows no window, and needs Windows alone${because}`, () => {
  using work = temporaryFolder();
  const [one, other] = ['one.exe', 'other.exe'].map((name) => join(work.path, name)) as [string, string];
  for (const file of [one, other]) buildHost(file, '1.4.12');
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  const facts = must('x86_64-w64-mingw32-objdump', ['-p', one]);
  expect(facts).toMatch(/Subsystem\s+00000002\s+\(Windows GUI\)/);
  const libraries = [...facts.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name?.toLowerCase()).sort();
  expect(libraries).toEqual(['advapi32.dll', 'kernel32.dll', 'msvcrt.dll', 'user32.dll']);
});

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
