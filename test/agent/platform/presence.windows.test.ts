import { expect, test } from 'vitest';
import { linksOf, presenceOnWindows } from '../../../agent/platform/presence.windows.ts';
import { fakeWindows } from '../../fakes/windows-system.ts';
import { proves } from '../../support/proofs.ts';

const parameters = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters';
const none = () => ({});

test.each([
  ['who has screen and keyboard', 1, 'anna', false, { name: 'anna' }],
  ['nobody has', undefined, 'anna', false, undefined],
  ['nobody is signed in', 1, '', false, undefined],
  ['somebody from elsewhere', 2, 'ben', true, undefined],
])('%s', (_what, session, user, isRemote, person) => {
  const system = fakeWindows();
  system.sessions = { atConsole: () => session, active: () => [], userOf: () => user, isRemote: () => isRemote };
  expect(presenceOnWindows(system, none).look().person).toEqual(person);
});

const address = (text: string, internal = false) => ({
  address: text,
  internal,
  netmask: '',
  family: 'IPv4' as const,
  mac: '',
  cidr: null,
});

test('cards, tunnels and what programs made are told apart by numbers', ({ task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'presence' });
  const interfaces = [
    { name: 'WLAN', type: 71, isHardware: true },
    { name: 'Firmen-VPN', type: 53, isHardware: false },
    { name: 'vEthernet (Standardswitch)', type: 6, isHardware: false },
  ];
  const listed = {
    WLAN: [address('192.0.2.10')],
    'Firmen-VPN': [address('198.51.100.7')],
    'vEthernet (Standardswitch)': [address('203.0.113.1')],
    'Loopback Pseudo-Interface 1': [address('127.0.0.1', true)],
  };
  expect(linksOf(interfaces, listed)).toEqual([
    { kind: 'physical', addresses: ['192.0.2.10'] },
    { kind: 'tunnel', addresses: ['198.51.100.7'] },
    { kind: 'virtual', addresses: ['203.0.113.1'] },
  ]);
});

test.each([
  [
    'a list goes before all else',
    { [parameters]: { SearchList: 'A.example, b.example', Domain: 'c.example' } },
    ['a.example', 'b.example'],
  ],
  [
    'else the domain, and those of the cards',
    { [parameters]: { Domain: 'C.example' }, [`${parameters}\\Interfaces\\{1}`]: { DhcpDomain: 'd.example.' } },
    ['c.example', 'd.example'],
  ],
  ['none', {}, []],
])('%s', (_what, registry, searchDomains) => {
  expect(presenceOnWindows(fakeWindows(registry), none).look().network?.searchDomains).toEqual(searchDomains);
});

test('connections that Windows does not list are not known, and the person is all the same', () => {
  const system = fakeWindows();
  system.interfaces = () => {
    throw new Error('broken');
  };
  system.sessions = { atConsole: () => 1, active: () => [], userOf: () => 'anna', isRemote: () => false };
  expect(presenceOnWindows(system, none).look()).toEqual({ person: { name: 'anna' } });
});
