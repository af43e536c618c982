import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PostureItem } from '#shared/events/posture.ts';
import type { WmiRow } from '../../../../agent/platform/windows/wmi.ts';
import { judgeAntivirus, parseDefender, parseProduct } from '../../../../agent/watchers/posture/antivirus.windows.ts';
import { judgeSupport, type WindowsVersion } from '../../../../agent/watchers/posture/os-support.windows.ts';
import { watchPostureOnWindows } from '../../../../agent/watchers/posture/windows.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { fakeWindows, type RegistryContent } from '../../../fakes/windows-system.ts';
import { proves } from '../../../support/proofs.ts';

const fixture: { securityCentre: { row: WmiRow; state: string; isUpToDate: boolean }[] } = JSON.parse(
  readFileSync(new URL('../../../fixtures/windows/protection.json', import.meta.url), 'utf8'),
);

describe('antivirus', () => {
  test.for(fixture.securityCentre)('$row is $state', ({ row, state, isUpToDate }, { task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'posture', area: 'antivirus' });
    expect(parseProduct(row)).toMatchObject([{ state, isUpToDate }]);
  });

  const product = (state: 'on' | 'off' | 'snoozed', isUpToDate = true) => ({ name: 'Example', state, isUpToDate });
  test.each([
    ['one that is on is enough', [product('off'), product('on')], 'good'],
    ['old signatures', [product('on', false)], 'bad'],
    ['switched off for a while', [product('snoozed')], 'bad'],
    ['none at all', [], 'bad'],
    ['no security centre and no Defender', undefined, 'unknown'],
  ])('%s', (_what, products, state) => {
    expect(judgeAntivirus({ products, defender: undefined }).state).toBe(state);
  });

  test.each([
    [{ AntivirusEnabled: true, RealTimeProtectionEnabled: true, AntivirusSignatureAge: 1 }, 'good'],
    [{ AntivirusEnabled: true, RealTimeProtectionEnabled: true, AntivirusSignatureAge: 30 }, 'bad'],
    [{ AntivirusEnabled: true, RealTimeProtectionEnabled: false, AntivirusSignatureAge: 1 }, 'bad'],
    [{ AntivirusEnabled: true, RealTimeProtectionEnabled: true, AntivirusSignatureAge: null }, 'unknown'],
  ])('Defender of a server: %j', (row, state) => {
    expect(judgeAntivirus({ products: undefined, defender: parseDefender(row) }).state).toBe(state);
  });
});

describe('support of the system', () => {
  const now = Date.UTC(2026, 10, 30);
  const version = (build: number, edition: string, isServer = false): WindowsVersion => {
    return { build, edition, isServer, revision: 1, release: '' };
  };
  test.each([
    [version(19045, 'Professional'), 'bad', 'Windows 10 Professional (19045.1)'],
    [version(19044, 'EnterpriseS'), 'good', 'Windows 10 EnterpriseS (19044.1)'],
    [version(26100, 'Professional'), 'bad', 'Windows 11 Professional (26100.1)'],
    [version(26100, 'Enterprise'), 'good', 'Windows 11 Enterprise (26100.1)'],
    [version(26200, 'Core'), 'good', 'Windows 11 Core (26200.1)'],
    [version(20348, 'ServerStandard', true), 'good', 'Windows Server ServerStandard (20348.1)'],
    [version(99_999, 'Professional'), 'unknown', 'Windows 11 Professional (99999.1)'],
  ])('%j is %s', (one, state, what) => {
    expect(judgeSupport(one, now)).toMatchObject({ state, what });
  });
});

const sid = 'S-1-5-21-1-2-3-1001';
const profile = {
  [`HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\${sid}`]: {
    ProfileImagePath: 'C:\\Users\\anna',
  },
};
const own = `HKU\\${sid}\\Control Panel\\Desktop`;
const forced = `HKU\\${sid}\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop`;
const saver = { ScreenSaveActive: '1', ScreenSaverIsSecure: '1', ScreenSaveTimeOut: '600' };
const policies = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System';
const firewall = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
const on = { EnableFirewall: 1 };
const allOn = {
  [`${firewall}\\DomainProfile`]: on,
  [`${firewall}\\StandardProfile`]: on,
  [`${firewall}\\PublicProfile`]: on,
};

const areas = {
  antivirus: 'antivirus',
  'screen-lock': 'screen lock',
  'os-support': 'os support',
  firewall: 'firewall',
} as const satisfies Record<PostureItem, string>;

test.for<[string, PostureItem, RegistryContent, string]>([
  ['a policy of the computer locks', 'screen-lock', { [policies]: { InactivityTimeoutSecs: 600 } }, 'good'],
  [
    'a policy that waits too long counts as none',
    'screen-lock',
    { [policies]: { InactivityTimeoutSecs: 7200 } },
    'unknown',
  ],
  ['forced for the person', 'screen-lock', { ...profile, [forced]: saver }, 'good'],
  ['chosen by the person', 'screen-lock', { ...profile, [own]: saver }, 'unknown'],
  ['without a password', 'screen-lock', { ...profile, [own]: { ...saver, ScreenSaverIsSecure: '0' } }, 'bad'],
  ['on for every network', 'firewall', allOn, 'good'],
  ['off in public', 'firewall', { ...allOn, [`${firewall}\\PublicProfile`]: { EnableFirewall: 0 } }, 'bad'],
  [
    'a policy goes before',
    'firewall',
    { ...allOn, 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile': { EnableFirewall: 0 } },
    'bad',
  ],
  [
    'its service disabled',
    'firewall',
    { ...allOn, 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\MpsSvc': { Start: 4 } },
    'bad',
  ],
  ['nothing said', 'firewall', {}, 'unknown'],
])('%s (%s)', async ([_what, item, content, state], { task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'posture', area: areas[item] });
  const context = fakeContext();
  const watcher = watchPostureOnWindows(fakeWindows(content), {})(context);
  await watcher.start();
  await watcher.stop();
  const told = context.changes.flatMap((change) => (change.kind === 'posture.changed' ? change.data.posture : []));
  expect(told.find((facts) => facts.item === item)?.state).toBe(state);
});

test('what cannot be looked at is unknown and stops nothing else', async () => {
  const system = fakeWindows({ [policies]: { InactivityTimeoutSecs: 600 } });
  system.wmi.query = () => {
    throw new Error('broken');
  };
  const context = fakeContext();
  const watcher = watchPostureOnWindows(system, {})(context);
  await watcher.start();
  await watcher.stop();
  const states = context.changes.flatMap((change) =>
    change.kind === 'posture.changed' ? `${change.data.posture.item} ${change.data.posture.state}` : [],
  );
  expect(states).toEqual(['antivirus unknown', 'screen-lock good', 'os-support unknown', 'firewall unknown']);
});
