import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linksOf, presenceOnDarwin } from '../../../agent/platform/presence.darwin.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { proves } from '../../support/proofs.ts';

const address = (text: string, internal = false) => ({
  address: text,
  netmask: '',
  family: 'IPv4' as const,
  mac: '',
  internal,
  cidr: null,
});

test('the person at the screen owns the console, and the network is what has addresses', ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'presence' });
  using folder = tempFolder();
  const [console, resolv] = [join(folder.path, 'console'), join(folder.path, 'resolv.conf')];
  writeFileSync(console, '');
  writeFileSync(resolv, 'search Care.Example.\nnameserver 10.0.0.1\n');
  const owner = statSync(console).uid;
  const presence = presenceOnDarwin(
    (uid) => (uid === owner ? 'anna' : undefined),
    { console, resolv },
    () => ({ en0: [address('10.0.0.7')] }),
  );
  // Root has no screen; a test may well be run by root.
  const person = owner === 0 ? {} : { person: { name: 'anna' } };
  expect(presence.look()).toEqual({
    ...person,
    network: { links: [{ kind: 'physical', addresses: ['10.0.0.7'] }], searchDomains: ['care.example'] },
  });
});

test('a file that is not there is not known', () => {
  expect(presenceOnDarwin(() => 'anna', { console: '/nowhere', resolv: '/nowhere' }).look()).toEqual({});
});

test('every Mac has tunnels of its own, which have addresses of the link alone', ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'presence' });
  const links = linksOf({
    lo0: [address('127.0.0.1', true)],
    en0: [address('192.168.1.5')],
    utun0: [address('fe80::1')],
    utun4: [address('10.8.0.2')],
    bridge100: [address('192.168.64.1')],
  });
  expect(links.map(({ kind }) => kind)).toEqual(['physical', 'tunnel', 'virtual']);
});
