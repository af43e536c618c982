import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { forgetInstallersWord, installersWord } from '../../agent/first-enrolment.windows.ts';
import { fakeRegistry } from '../fakes/windows-system.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-installed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = 'HKLM\\SOFTWARE\\Portcullis\\Enrolment';
const token = 'a-token-of-one-use';
const fingerprint = '0f'.repeat(32);
const code = `pc1.${token}.${fingerprint}`;
const collector = 'https://collector.example:8443';
const colons = '0F:'.repeat(32).slice(0, -1);

/** What the installer leaves: two values for everybody, and the code in a file. */
function installed(Collector: string, said: string | undefined) {
  const CodeFile = join(folder, 'enrolment-code');
  rmSync(CodeFile, { force: true });
  if (said !== undefined) writeFileSync(CodeFile, said);
  return { registry: fakeRegistry({ [key]: { Collector, CodeFile } }), CodeFile };
}

test.each([
  ['a whole code', `${code} `],
  ['its two parts', `${token} ${fingerprint}`],
  ['a fingerprint as certificate viewers show it', ` ${token}  ${colons}`],
])('the installer was told %s', (_, said) => {
  expect(installersWord(installed(collector, said).registry)).toEqual({ collector, code });
});

test.each([
  ['no code', collector, ' '],
  ['a code that was used', collector, undefined],
  ['no collector', '', code],
])('the installer was told %s: the computer waits to be enrolled', (_, address, said) => {
  expect(installersWord(installed(address, said).registry)).toBeUndefined();
});

test('without an installer the computer waits to be enrolled', () => {
  expect(installersWord(fakeRegistry({}))).toBeUndefined();
});

test('a code that is none is told so', () => {
  expect(() => installersWord(installed(collector, token).registry)).toThrow(/not an enrolment code/);
});

test('once it was used, the code is gone and the address stays', () => {
  const { registry, CodeFile } = installed(collector, code);
  forgetInstallersWord(registry);
  forgetInstallersWord(registry);
  expect(existsSync(CodeFile)).toBe(false);
  expect(registry.content()).toEqual({ [key]: { Collector: collector, CodeFile } });
});
