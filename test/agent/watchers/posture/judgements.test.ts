import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeAntivirus, parseSignatureTime } from '../../../../agent/watchers/posture/antivirus.linux.ts';
import {
  iptablesFilters,
  isUfwEnabled,
  judgeFirewall,
  nftFilters,
} from '../../../../agent/watchers/posture/firewall.linux.ts';
import { comparePostures } from '../../../../agent/watchers/posture/index.ts';
import { judgeSupport, parseOsRelease } from '../../../../agent/watchers/posture/os-support.linux.ts';
import { desktopsOf } from '../../../../agent/watchers/posture/screen-lock.linux.ts';
import { judgeScreenLock } from '../../../../agent/watchers/posture/screen-lock.ts';
import { parseSettings } from '../../../../agent/watchers/posture/settings.ts';
import { supportEnds } from '../../../../agent/watchers/posture/support-dates.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/posture/${name}`, import.meta.url), 'utf8');
const now = Date.UTC(2026, 10, 21, 9);
const day = 86_400_000;

describe('antivirus', () => {
  it.each([
    ['nothing', [], undefined, 'bad', undefined],
    ['ClamAV with fresh signatures', ['clamd'], now - 2 * day, 'good', 'ClamAV'],
    ['ClamAV with old signatures', ['clamd'], now - 8 * day, 'bad', 'ClamAV'],
    ['ClamAV without signatures', ['clamd'], undefined, 'bad', 'ClamAV'],
    ['ClamAV that does not run', [], now - day, 'bad', 'ClamAV'],
    ['another product', ['wdavdaemon'], undefined, 'good', 'Microsoft Defender for Endpoint'],
    ['another product beside an old ClamAV', ['clamd', 'kesl'], now - 99 * day, 'good', 'Kaspersky Endpoint Security'],
  ] as const)('%s', (_, running, from, state, what) => {
    const facts = judgeAntivirus(new Set(running), from, now);
    expect([facts.state, facts.what]).toEqual([state, what]);
  });

  it.each([
    ['ClamAV-VDB:20 Nov 2026 08-31 +0000:27830:2075210:90:X:X:builder:1795163460', 1_795_163_460_000],
    ['ClamAV-VDB:20 Nov 2026 08-31 +0000:27830:2075210:90:X:X:builder:1795163460   ', 1_795_163_460_000],
    ['ClamAV-VDB:broken', undefined],
    ['something else:1795163460', undefined],
    ['', undefined],
  ])('signatures %j', (header, expected) => {
    expect(parseSignatureTime(header)).toBe(expected);
  });
});

describe('support of the operating system', () => {
  it.each([
    ['debian-12', now, 'good', '2028-06-30'],
    ['debian-12', Date.UTC(2028, 5, 30, 23), 'good', '2028-06-30'],
    ['debian-12', Date.UTC(2028, 6, 1), 'bad', '2028-06-30'],
    ['ubuntu-24.04', now, 'good', '2029-05-31'],
    ['rhel-9', now, 'good', '2032-05-31'],
  ])('%s', (name, at, state, ends) => {
    const facts = judgeSupport(parseOsRelease(fixture(`os-release-${name}.txt`)), at);
    expect([facts.state, facts.supportEnds]).toEqual([state, ends]);
  });

  it.each([
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux trixie/sid"'],
    ['ID=arch'],
    ['ID=constructor\nVERSION_ID=length'],
    ['ID=ubuntu\nVERSION_ID=99.04'],
    [''],
  ])('is unknown for %j', (text) => {
    const facts = judgeSupport(parseOsRelease(text), now);
    expect(facts.state).toBe('unknown');
    expect(facts).not.toHaveProperty('supportEnds');
  });

  it('every date in the table is one', () => {
    for (const date of Object.values(supportEnds).flatMap((versions) => Object.values(versions))) {
      expect(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(date);
    }
  });
});

describe('firewall', () => {
  it.each([
    ['empty', false],
    ['policy-drop', true],
    ['last-reject', true],
    ['fail2ban', false],
    ['output-only', false],
    ['iptables-reject', true],
  ])('nftables rules %s: %s', (name, expected) => {
    expect(nftFilters(fixture(`nft-${name}.json`))).toBe(expected);
  });

  it.each([
    ['reject', true],
    ['policy', true],
    ['one-address', false],
  ])('iptables rules %s: %s', (name, expected) => {
    expect(iptablesFilters(fixture(`iptables-${name}.txt`))).toBe(expected);
  });

  it.each([
    ['# x\nENABLED=yes\nLOGLEVEL=low\n', true],
    ['ENABLED=no\n', false],
    ['#ENABLED=yes\n', false],
    ['', false],
  ])('ufw settings %j: %s', (text, expected) => {
    expect(isUfwEnabled(text)).toBe(expected);
  });

  const nothing = { ufwEnabled: false, firewalldRunning: false, privileged: true };
  const yes = { ok: true, seen: true } as const;
  const no = { ok: true, seen: false } as const;
  const failed = { ok: false, error: { code: 'timeout', says: 'x' } } as const;
  it.each([
    ['ufw', { ...nothing, ufwEnabled: true, privileged: false }, 'good', 'ufw'],
    ['firewalld', { ...nothing, firewalldRunning: true }, 'good', 'firewalld'],
    ['rules that may not be read', { ...nothing, privileged: false }, 'unknown', undefined],
    ['nftables', { ...nothing, nft: yes }, 'good', 'nftables'],
    ['iptables behind an empty nftables', { ...nothing, nft: no, iptables: yes }, 'good', 'iptables'],
    ['no rules', { ...nothing, nft: no, iptables: no }, 'bad', undefined],
    ['a tool that failed', { ...nothing, nft: failed, iptables: no }, 'unknown', undefined],
    ['no tool', nothing, 'bad', undefined],
  ])('%s', (_, signs, state, what) => {
    const facts = judgeFirewall(signs);
    expect([facts.state, facts.what]).toEqual([state, what]);
  });
});

describe('screen lock', () => {
  const gnome = (text: string, locks: string[]) => ({
    desktops: ['GNOME'],
    gnome: { values: parseSettings(text), locked: new Set(locks) },
  });
  const locks = ['/org/gnome/desktop/screensaver/lock-enabled', '/org/gnome/desktop/session/idle-delay'];
  const settings = (enabled: boolean, idle: number) =>
    `[org/gnome/desktop/screensaver]\nlock-enabled=${enabled}\n# x\n[org/gnome/desktop/session]\nidle-delay=uint32 ${idle}\n`;
  const kde = (...texts: string[]) => ({ desktops: ['KDE Plasma'], kde: texts.map(parseSettings) });

  it.each([
    ['no desktop', { desktops: [] }, 'unknown'],
    ['GNOME left to its users', gnome(settings(true, 300), []), 'unknown'],
    ['GNOME forced to lock', gnome(settings(true, 300), locks), 'good'],
    ['GNOME forced to lock too late', gnome(settings(true, 3600), locks), 'bad'],
    ['GNOME forced to stay open', gnome(settings(false, 300), locks), 'bad'],
    ['GNOME never idle', gnome(settings(true, 0), locks), 'bad'],
    ['KDE as it comes', kde(''), 'good'],
    ['KDE with a user who switched it off', kde('', '[Daemon]\nTimeout=10\n', '[Daemon]\nAutolock=false\n'), 'bad'],
    ['KDE with a user who tried to', kde('[Daemon]\nAutolock[$i]=true\n', '[Daemon]\nAutolock=false\n'), 'good'],
    ['KDE that waits an hour', kde('[Daemon]\nTimeout=60\n'), 'bad'],
    ['a desktop not known', { desktops: ['xfce'] }, 'unknown'],
    ['a good desktop beside one not known', { ...kde(''), desktops: ['KDE Plasma', 'xfce'] }, 'unknown'],
  ])('%s', (_, signs, state) => {
    expect(judgeScreenLock(signs).state).toBe(state);
  });

  it('tells desktops by their session files', () => {
    const files = [
      'gnome.desktop',
      'gnome-xorg.desktop',
      'ubuntu.desktop',
      'plasmax11.desktop',
      'lightdm-xsession.desktop',
      'sway.desktop',
      'README',
    ];
    expect(desktopsOf(files)).toEqual(['GNOME', 'KDE Plasma', 'sway']);
  });
});

describe('changes', () => {
  const bad = { item: 'firewall', state: 'bad', because: 'a' } as const;

  it.each([
    ['first sight', undefined, { firewall: bad }, [undefined]],
    ['the same', { firewall: bad }, { firewall: bad }, []],
    ['another state', { firewall: bad }, { firewall: { ...bad, state: 'good' as const } }, ['bad']],
    ['another reason', { firewall: bad }, { firewall: { ...bad, because: 'b' } }, ['bad']],
    ['nothing said', { firewall: bad }, {}, []],
  ])('%s', (_, before, present, previous) => {
    expect(comparePostures(before, present).map(({ data }) => ('posture' in data ? data.previous : 'other'))).toEqual(
      previous,
    );
  });
});
