import { mkdirSync, writeFileSync } from 'node:fs';
import type { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLocalOnly, parseGroups } from '../../../agent/platform/groups.linux.ts';
import { presenceOnLinux } from '../../../agent/platform/presence.linux.ts';
import { parseSearchDomains } from '../../../agent/platform/resolv-conf.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { proves } from '../../support/proofs.ts';

let folder: ReturnType<typeof tempFolder>;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => folder[Symbol.dispose]());

const address = (text: string, internal = false) => ({ address: text, internal });
type Listed = ReturnType<typeof networkInterfaces>;

/** A computer of which these files are all there is. */
function computer(files: Record<string, string>, links: Record<string, object[]> = {}) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  const roots = { sys: `${folder.path}/sys`, run: `${folder.path}/run`, etc: `${folder.path}/etc` };
  return presenceOnLinux(roots, () => links as unknown as Listed);
}

const session = (user: string, more: Record<string, string> = {}) => {
  const facts = { UID: '1000', USER: user, ACTIVE: '1', STATE: 'active', REMOTE: '0', TYPE: 'wayland', CLASS: 'user' };
  const lines = Object.entries({ ...facts, ...more }).map(([name, value]) => `${name}=${value}`);
  return ['# This is private data. Do not parse.', ...lines, ''].join('\n');
};
const passwd = 'root:x:0:0:root:/root:/bin/bash\na.staff:x:1000:1000::/home/a.staff:/bin/bash\n';
const group = 'root:x:0:\na.staff:x:1000:\nnursing:x:2000:b.staff,a.staff\naudio:x:29:b.staff\n';

describe('the person at the computer', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['whose session has the seat', { '2': session('a.staff', { SEAT: 'seat0' }) }, 'a.staff'],
    ['is nobody at the sign-in screen', { c1: session('gdm', { SEAT: 'seat0', CLASS: 'greeter' }) }, undefined],
    ['is nobody who came by the network', { '3': session('b.staff', { REMOTE: '1' }) }, undefined],
    [
      'is the one in front after switching',
      {
        '2': session('a.staff', { SEAT: 'seat0', ACTIVE: '0', STATE: 'online' }),
        '4': session('b.staff', { SEAT: 'seat0' }),
      },
      'b.staff',
    ],
    [
      'is the one of the first seat before others',
      { '2': session('a.staff', { SEAT: 'seat1' }), '3': session('b.staff', { SEAT: 'seat0' }) },
      'b.staff',
    ],
    ['is the only one at work, without a seat', { '5': session('a.staff'), '6': session('a.staff') }, 'a.staff'],
    ['cannot be told from two without the first seat', { '5': session('a.staff'), '6': session('b.staff') }, undefined],
    ['has a name in quotes', { '2': session('"a.staff"', { SEAT: 'seat0' }) }, 'a.staff'],
    ['has a name that forges no line', { '2': session('a\u202Estaff', { SEAT: 'seat0' }) }, 'a\uFFFDstaff'],
    ['is not read from a file that is being written', { '.#2abc': session('x', { SEAT: 'seat0' }) }, undefined],
    ['is unknown in a file of nothing', { '2': '\0\0\0' }, undefined],
    ['is unknown where no sessions are kept', {}, undefined],
  ])('%s', (_what, sessions, name) => {
    const files = Object.fromEntries(
      Object.entries(sessions).map(([id, text]) => [`run/systemd/sessions/${id}`, text]),
    );
    expect(computer(files).look().person?.name).toBe(name);
  });

  it('has the groups that the files of the computer name', () => {
    const files = { 'run/systemd/sessions/2': session('a.staff', { SEAT: 'seat0' }), 'etc/passwd': passwd };
    expect(computer({ ...files, 'etc/group': group }).look().person).toEqual({
      name: 'a.staff',
      groups: ['a.staff', 'nursing'],
    });
  });

  it('has groups nobody can tell where a directory service keeps some of them', () => {
    const files = { 'run/systemd/sessions/2': session('a.staff'), 'etc/passwd': passwd, 'etc/group': group };
    const seen = computer({ ...files, 'etc/nsswitch.conf': 'passwd: files sss\ngroup: files sss\n' }).look();
    expect(seen.person).toEqual({ name: 'a.staff' });
    expect(parseGroups(passwd, group, 'someone.else')).toBeUndefined();
  });

  it.each([
    ['group: files systemd', true],
    ['group:          files [SUCCESS=merge] systemd # local', true],
    ['passwd: files ldap', true],
    ['', true],
    ['group: files winbind', false],
    ['group: sss files', false],
    ['initgroups: sss', false],
  ])('reads "%s"', (text, expected) => {
    expect(isLocalOnly(text)).toBe(expected);
  });
});

describe('the network', () => {
  const sys = (name: string, files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`sys/class/net/${name}/${file}`, text]));

  it('tells cards, tunnels and what is inside the computer apart', ({ task }) => {
    proves(task, { os: 'linux', by: 'fixtures', capability: 'presence' });

    const files = {
      ...sys('eth0', { type: '1', 'device/vendor': '' }),
      ...sys('wlan0', { type: '1', 'device/vendor': '' }),
      ...sys('wg0', { type: '65534' }),
      ...sys('tap0', { type: '1', tun_flags: '0x1002' }),
      ...sys('ppp0', { type: '512' }),
      ...sys('docker0', { type: '1', 'lower_veth1/type': '1' }),
      ...sys('br0', { type: '1', 'lower_eth0/device/vendor': '' }),
      'etc/resolv.conf': 'nameserver 127.0.0.53\nsearch one.example\nsearch Ward.Example. two.example # x\n',
    };
    const links = Object.fromEntries(
      ['eth0', 'wg0', 'tap0', 'ppp0', 'docker0', 'br0'].map((name, index) => [name, [address(`10.0.${index}.1`)]]),
    );
    const seen = computer(files, { lo: [address('127.0.0.1', true)], ...links, wlan0: [] }).look().network;
    expect(seen?.links.map(({ kind }) => kind)).toEqual([
      'physical',
      'tunnel',
      'tunnel',
      'tunnel',
      'virtual',
      'physical',
    ]);
    expect(seen?.links[0]?.addresses).toEqual(['10.0.0.1']);
    expect(seen?.searchDomains).toEqual(['ward.example', 'two.example']);
  });

  it('is unknown when the system does not say', () => {
    const failing = presenceOnLinux({ sys: '/none', run: '/none', etc: '/none' }, () => {
      throw new Error('EPERM');
    });
    expect(failing.look()).toEqual({});
  });

  it('has no search domain where none is set', () => {
    expect(parseSearchDomains('nameserver 10.0.0.1\n# search no.example\n')).toEqual([]);
  });

  it('of this very computer can be read', ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'presence' });

    expect(presenceOnLinux().look().network).toBeDefined();
  });
});
