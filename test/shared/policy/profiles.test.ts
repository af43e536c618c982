import { describe, expect, it } from 'vitest';
import { deviceClasses } from '#shared/device/facts.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { caseOf, letters, noon, profileText, standingOf } from './cases.ts';

const device = (deviceClass: (typeof deviceClasses)[number]) => ({
  device: { class: deviceClass, bus: 'usb' as const, serialTrust: 'blank' as const, interfaces: [] },
});

const register = standingOf(`
register:
  - { id: R1, serial: OURS1, state: issued, approver: A, encryptedBy: us }
  - { id: R2, serial: LOST1, state: lost, approver: A }
  - { id: R3, serial: BACK1, state: returned, approver: A }
  - { id: R4, serial: OVER1, state: issued, approver: A, expires: "2026-01-01T00:00:00.000Z" }
`);

describe.each(['focus', 'ccg'])('profile %s', (profile) => {
  const policy = loadPolicy(profileText(profile));
  const enforced: Policy = { ...policy, mode: 'enforce' };

  it('starts in report-only mode and says what it would do', () => {
    const decision = decide({ policy, version: 1 }, device('usb-storage'), null, noon);
    expect(decision).toMatchObject({ mode: 'report', rights: { write: 'allow' }, wouldHave: { write: 'deny' } });
  });

  it.each(deviceClasses)('decides class %s and names what decided', (deviceClass) => {
    const decision = decide({ policy, version: 7 }, device(deviceClass), null, noon);
    expect(decision).toMatchObject({ policyVersion: 7, mode: 'report' });
    expect(decision.trace.filter(({ result }) => result === 'decided').map(({ ruleId }) => ruleId)).toContain(
      decision.ruleId,
    );
  });

  it.each(['hid', 'smartcard', 'hub'] as const)('can never deny class %s', (deviceClass) => {
    const decision = decide({ policy: enforced, version: 1 }, device(deviceClass), null, noon);
    expect([decision.tier, letters(decision.rights)]).toEqual(['safety-floor', 'crwx']);
  });

  it('denies writing to every kind of storage and names the clause', () => {
    for (const storage of ['usb-storage', 'external-disk', 'memory-card', 'floppy', 'optical'] as const) {
      const decision = decide({ policy: enforced, version: 1 }, device(storage), null, noon);
      expect(decision.rights.write).toBe('deny');
      expect(decision.clause).toMatch(/^(focus 4\.6|CCG 6\.2)$/);
    }
  });

  it.each([
    ['an issued stick, encrypted', 'stick serial=OURS1 enc=encrypted method=luks2', 'crw-', 'issued-encrypted'],
    ['an issued stick before its volume is known', 'stick serial=OURS1', 'c---', 'encrypted-only'],
    [
      'an issued stick, locked, so that it can be unlocked',
      'stick serial=OURS1 enc=locked method=luks2',
      'cr--',
      'issued-locked',
    ],
    ['an issued stick, formatted anew', 'stick serial=OURS1 enc=plain', 'c---', 'issued-unencrypted'],
    [
      'an issued stick whose protection is suspended',
      'stick serial=OURS1 enc=suspended method=bitlocker',
      'c---',
      'issued-unencrypted',
    ],
    [
      'a stick encrypted by a method nobody accepted',
      'stick serial=OURS1 enc=encrypted method=veracrypt',
      'c---',
      'default-usb-storage',
    ],
    ['a lost stick, encrypted as it is', 'stick serial=LOST1 enc=encrypted method=luks2', '----', 'lost-media'],
    ['a stick that was handed back', 'stick serial=BACK1 enc=encrypted method=luks2', 'c---', 'withdrawn-media'],
    ['a stick whose issue is over', 'stick serial=OVER1 enc=encrypted method=luks2', 'c---', 'withdrawn-media'],
    ['a private stick', 'stick serial=MINE1 enc=plain', 'c---', 'unregistered-media'],
    [
      'a private stick, encrypted',
      'stick serial=MINE1 enc=encrypted method=luks2 by=other',
      'c---',
      'unregistered-media',
    ],
    ['a stick without a serial number of its own', 'stick enc=encrypted method=luks2', 'c---', 'unregistered-media'],
    [
      'an issued stick that is also a keyboard',
      'rubberducky serial=OURS1 enc=encrypted method=luks2',
      '----',
      'storage-with-keyboard',
    ],
    ['a phone', 'phone serial=P1', 'c---', 'phones-charge-only'],
    ['a camera', 'camera', 'c---', 'phones-charge-only'],
    ['a disc', 'disc', 'cr--', 'discs-read-only'],
    ['a keyboard', 'keyboard', 'crwx', 'safety-floor'],
    ['a card reader', 'reader', 'crwx', 'safety-floor'],
    ['a printer', 'printer', 'crwx', 'default-printer'],
  ])('decides about %s', (_name, line, rights, by) => {
    const decision = decide({ policy: enforced, version: 1 }, caseOf(line).facts, register, noon);
    expect([letters(decision.rights), decision.decidedBy?.read]).toEqual([rights, by]);
  });

  it('knows a dictation device once the site has put it on its list', () => {
    const dictation = { devices: [{ vendorId: '07b4', serial: 'D*' }] };
    const withList: Policy = { ...enforced, lists: { ...enforced.lists, 'dictation-devices': dictation } };
    const decision = decide(
      { policy: withList, version: 1 },
      caseOf('stick vid=07b4 serial=D17').facts,
      register,
      noon,
    );
    expect([letters(decision.rights), decision.ruleId]).toEqual(['cr--', 'dictation-devices']);
  });

  it('names a clause in every rule, and every clause it names is explained', () => {
    for (const rule of policy.rules ?? []) expect(policy.clauses[rule.clause ?? '']?.says, rule.id).toBeTruthy();
  });

  it('has no two alerts with one id', () => {
    const ids = policy.alerts.map((alert) => alert.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has alerts only about rules it has', () => {
    const ids = new Set([...(policy.rules ?? []).map(({ id }) => id)]);
    const named = policy.alerts.flatMap(({ where = {}, unless = {} }) =>
      [...Object.entries(where), ...Object.entries(unless)].flatMap(([path, wanted]) =>
        path.startsWith('decision.decidedBy') ? wanted : [],
      ),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.flat().filter((name) => !ids.has(String(name)))).toEqual([]);
  });
});
