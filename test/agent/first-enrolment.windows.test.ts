import { expect, test } from 'vitest';
import { forgetInstallersWord, installersWord } from '../../agent/first-enrolment.windows.ts';
import { fakeRegistry } from '../fakes/windows-system.ts';

const key = 'HKLM\\SOFTWARE\\Portcullis\\Enrolment';
const token = 'a-token-of-one-use';
const fingerprint = '0f'.repeat(32);
const code = `pc1.${token}.${fingerprint}`;
const collector = 'https://collector.example:8443';
const colons = '0F:'.repeat(32).slice(0, -1);

test.each([
  ['a whole code', { Collector: collector, Token: code, Fingerprint: '' }],
  ['its two parts', { Collector: collector, Token: token, Fingerprint: fingerprint }],
  ['a fingerprint as certificate viewers show it', { Collector: collector, Token: ` ${token} `, Fingerprint: colons }],
])('the installer was told %s', (_, values) => {
  expect(installersWord(fakeRegistry({ [key]: values }))).toEqual({ collector, code });
});

test.each([
  ['nothing', {}],
  ['no code', { [key]: { Collector: collector, Token: '' } }],
  ['no collector', { [key]: { Token: code } }],
])('the installer was told %s: the computer waits to be enrolled', (_, content) => {
  expect(installersWord(fakeRegistry(content))).toBeUndefined();
});

test('a code that is none is told so', () => {
  const registry = fakeRegistry({ [key]: { Collector: collector, Token: token } });
  expect(() => installersWord(registry)).toThrow(/not an enrolment code/);
});

test('once it was used, the code is gone and the address stays', () => {
  const registry = fakeRegistry({ [key]: { Collector: collector, Token: code, Fingerprint: fingerprint } });
  forgetInstallersWord(registry);
  expect(registry.content()).toEqual({ [key]: { Collector: collector } });
});
