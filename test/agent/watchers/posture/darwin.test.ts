import { describe, expect, test } from 'vitest';
import {
  type AntivirusSigns,
  judgeAntivirus,
  parseExtensions,
  parseSwitch,
} from '../../../../agent/watchers/posture/antivirus.darwin.ts';
import { watchPostureOnDarwin } from '../../../../agent/watchers/posture/darwin.ts';
import { judgeFirewall, parseFirewall } from '../../../../agent/watchers/posture/firewall.darwin.ts';
import { judgeSupport } from '../../../../agent/watchers/posture/os-support.darwin.ts';
import {
  judgeScreenLock,
  parsePasscode,
  parseScreenSaver,
  type ScreenLockSigns,
} from '../../../../agent/watchers/posture/screen-lock.darwin.ts';
import { darwinFixture, fakeMac } from '../../../fakes/darwin-tools.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const proof = { os: 'darwin', by: 'fixtures', capability: 'posture' } as const;
const now = Date.UTC(2026, 10, 30);
const day = 86_400_000;

describe('firewall', () => {
  test.for([
    ['Firewall is enabled. (State = 1)', 'good'],
    ['Firewall is enabled. (State = 2)', 'good'],
    ['Die Firewall ist eingeschaltet. (Status = 1)', 'good'],
    ['Le coupe-feu est désactivé. (État = 0)', 'bad'],
    ['Firewall is disabled. (State = 0)', 'bad'],
    ['something else', 'unknown'],
  ])('"%s" is %s', ([text = '', state], { task }) => {
    proves(task, { ...proof, area: 'firewall' });
    expect(judgeFirewall(parseFirewall(text)).state).toBe(state);
  });
});

describe('screen lock', () => {
  const saver = parseScreenSaver(darwinFixture('screensaver-forced.plist'));
  test.for([
    ['a profile for everybody', [saver], 'good'],
    ['a passcode policy', [parsePasscode(darwinFixture('passcode.plist'))], 'good'],
    ['no profile', [parseScreenSaver(darwinFixture('empty.plist'))], 'unknown'],
    ['a profile that is too slow', [{ ...saver, idleSeconds: 3600 }], 'bad'],
    ['a profile that asks for no password', [{ ...saver, asksForPassword: false }], 'bad'],
    ['one of two people without', [saver, {}], 'unknown'],
    ['one of two people open for ever', [saver, { ...saver, idleSeconds: 0 }], 'bad'],
  ] as [string, ScreenLockSigns[], string][])('%s: %s', ([_what, signs, state], { task }) => {
    proves(task, { ...proof, area: 'screen lock' });
    expect(judgeScreenLock(signs).state).toBe(state);
  });
});

describe('support of the system', () => {
  test.for([
    ['10.15.7', 'bad'],
    ['12.7.6', 'bad'],
    ['13.7.8', 'bad'],
    ['26.1', 'unknown'],
    ['no number', 'unknown'],
  ])('macOS %s is %s', ([version = '', state], { task }) => {
    proves(task, { ...proof, area: 'os support' });
    expect(judgeSupport({ version, build: '1A1' }, now).state).toBe(state);
  });
});

describe('antivirus', () => {
  const whole: AntivirusSigns = {
    extensions: [],
    xprotect: { version: '5310', from: now - 10 * day },
    isGatekeeperOn: true,
    isIntegrityOn: true,
  };
  test.for([
    ['what Apple builds in, whole', {}, 'good'],
    ['another product', { extensions: ['com.microsoft.wdav.epsext'], xprotect: undefined }, 'good'],
    ['Gatekeeper off', { isGatekeeperOn: false }, 'bad'],
    ['the system unguarded', { isIntegrityOn: false }, 'bad'],
    ['old definitions', { xprotect: { version: '5000', from: now - 100 * day } }, 'bad'],
    ['an answer that is not known', { isGatekeeperOn: undefined }, 'unknown'],
  ] as [string, Partial<AntivirusSigns>, string][])('%s is %s', ([_what, signs, state], { task }) => {
    proves(task, { ...proof, area: 'antivirus' });
    expect(judgeAntivirus({ ...whole, ...signs }, now).state).toBe(state);
  });

  test('an extension that is being taken off protects nobody', () => {
    expect(parseExtensions(darwinFixture('systemextensions.txt'))).toEqual(['com.microsoft.wdav.epsext']);
  });

  test('words that are not known are no answer', () => {
    const pattern = /^assessments (enabled|disabled)$/m;
    expect(
      ['assessments enabled\n', 'assessments disabled\n', 'Prüfungen aktiviert\n'].map((text) =>
        parseSwitch(text, pattern),
      ),
    ).toEqual([true, false, undefined]);
  });
});

test('a Mac whose tools have no answer is unknown throughout', async () => {
  const mac = fakeMac();
  mac.run = () => Promise.resolve({ ok: false, error: { code: 'ENOENT', says: 'gone' } });
  const context = fakeContext();
  const watcher = watchPostureOnDarwin(mac)(context);
  await watcher.start();
  await watcher.stop();
  const states = context.changes.map((change) => (change.kind === 'posture.changed' ? change.data.posture.state : ''));
  expect(states).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
});
