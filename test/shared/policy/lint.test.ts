import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { When } from '#shared/policy/conditions.ts';
import { covers } from '#shared/policy/covers.ts';
import { evaluate } from '#shared/policy/evaluate.ts';
import { lint } from '#shared/policy/lint.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { isTrue } from '#shared/policy/truth.ts';
import { aboutOf } from '#shared/policy/voices.ts';
import { facts, lists, standings, whens } from './arbitrary.ts';
import { noon, policyWith, profileText } from './cases.ts';

function found(policy: Policy, devices: DeviceFacts[] = []): string[] {
  return lint(policy, { now: noon, devices })
    .filter(({ check }) => check !== 'class-without-rule' && check !== 'nobody-permits')
    .map(({ level, check, ruleId }) => `${level} ${check} ${ruleId ?? ''}`.trim());
}
const sticks = '{ device: { class: usb-storage } }';
const many = '{ device: { class: [usb-storage, phone] } }';

describe('lint finds', () => {
  it.each([
    [
      'nothing in rules that each decide something',
      `[{ id: a, when: ${sticks}, rights: { read: deny } }, { id: b, when: ${many}, rights: { all: allow } }]`,
      [],
    ],
    [
      'a permit under a wider deny',
      `[{ id: a, when: ${many}, rights: { all: deny } }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      ['warning permit-under-deny b'],
    ],
    [
      'a rule that says what was said',
      `[{ id: a, when: ${many}, rights: { all: deny } }, { id: b, when: ${sticks}, rights: { read: deny } }]`,
      ['warning unreachable b'],
    ],
    [
      'a permit that was permitted',
      `[{ id: a, when: ${sticks}, rights: { all: allow } }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      ['warning unreachable b'],
    ],
    [
      'a rule that two rules above cover together',
      `[{ id: a, when: ${sticks}, rights: { read: deny } }, { id: b, when: ${many}, rights: { write: deny } }, { id: c, when: ${sticks}, rights: { read: deny, write: deny } }]`,
      ['warning unreachable c'],
    ],
    [
      'nothing where one right is left',
      `[{ id: a, when: ${sticks}, rights: { read: deny } }, { id: b, when: ${sticks}, rights: { read: deny, write: deny } }]`,
      [],
    ],
    [
      'nothing where the wider rule is report-only',
      `[{ id: a, when: ${many}, rights: { all: deny }, mode: report }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      [],
    ],
    [
      'nothing where the wider rule expires',
      `[{ id: a, when: ${many}, rights: { all: deny }, expires: 2030-01-01 }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      [],
    ],
    [
      'nothing where the lower one denies what is not known',
      `[{ id: a, when: { device: { class: usb-storage, vendorId: "0781" } }, rights: { read: deny } }, { id: b, when: { device: { class: usb-storage, vendorId: "0781" } }, rights: { read: deny }, onUnknown: match }]`,
      [],
    ],
    [
      'a wider name pattern above',
      '[{ id: a, when: { device: { vendor: "San*" } }, rights: { read: allow } }, { id: b, when: { device: { vendor: "SanDisk*" } }, rights: { read: allow } }]',
      ['warning unreachable b'],
    ],
    [
      'a wider size above',
      `[{ id: a, when: { device: { sizeBytes: { from: 5 } } }, rights: { read: allow } }, { id: b, when: { device: { sizeBytes: { from: 6, to: 9 } } }, rights: { read: allow } }]`,
      ['warning unreachable b'],
    ],
    [
      'branches that are all covered',
      `[{ id: a, when: ${many}, rights: { read: allow } }, { id: b, when: { any: [${sticks}, { device: { class: phone, vendorId: "05ac" } }] }, rights: { read: allow } }]`,
      ['warning unreachable b'],
    ],
    [
      'an expired rule',
      `[{ id: a, when: ${sticks}, rights: { read: allow }, expires: 2026-01-01 }]`,
      ['warning expired a'],
    ],
    [
      'a serial number Windows made up',
      '[{ id: a, when: { device: { serial: "6&DF2EE03&0&6" } }, rights: { read: allow } }]',
      ['warning untrusted-serial a'],
    ],
    [
      'a serial number of zeros',
      '[{ id: a, when: { device: { serial: ["EX1", "000000"] } }, rights: { read: allow } }]',
      ['warning untrusted-serial a'],
    ],
    [
      'trust in serial numbers that tell nothing',
      '[{ id: a, when: { not: { device: { serial: EX1, serialTrust: [device, shared] } } }, rights: { read: allow } }]',
      ['warning untrusted-serial a'],
    ],
    [
      'such a serial number in a list',
      '[{ id: a, when: { device: { in: ours } }, rights: { read: allow } }]',
      ['warning untrusted-serial a'],
    ],
    [
      'onUnknown on a permit',
      `[{ id: a, when: ${sticks}, rights: { read: allow }, onUnknown: match }]`,
      ['warning unknown-never-permits a'],
    ],
    [
      'a denial that an unknown volume slips through',
      `[{ id: a, when: { device: { class: usb-storage }, volume: { encryption: plain } }, rights: { read: deny } }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      ['info unknown-slips-through a'],
    ],
    [
      'no such denial where the rule minds',
      `[{ id: a, when: { device: { class: usb-storage }, volume: { encryption: plain } }, rights: { read: deny }, onUnknown: match }, { id: b, when: ${sticks}, rights: { read: allow } }]`,
      [],
    ],
  ])('%s', (_name, rules, expected) => {
    expect(
      found(policyWith(rules, rules.includes('in: ours') ? '{ ours: { devices: [{ serial: "0" }] } }' : '{}')),
    ).toEqual(expected);
  });

  it('a list nobody asks for', () => {
    expect(found(policyWith('[]', '{ spare: { devices: [] } }'))).toEqual(['info unused-list']);
  });

  it('permissions that are nobody’s to give', () => {
    const finding = lint(policyWith('[]'), { now: noon }).find(({ check }) => check === 'nobody-permits');
    expect(finding).toMatchObject({ level: 'info', says: 'Nobody can permit: local-data.' });
    const { approvers: _approvers, ...without } = policyWith('[]');
    const all = lint(without, { now: noon }).find(({ check }) => check === 'nobody-permits');
    expect(all?.says).toContain('software, media-issue, bulk-transfer, local-data, encryption-exception');
  });

  it('classes no rule speaks of', () => {
    const policy = policyWith(`[{ id: a, when: ${many}, rights: { read: allow } }]`);
    const finding = lint(policy, { now: noon }).find(({ check }) => check === 'class-without-rule');
    expect(finding).toMatchObject({ level: 'info', says: expect.stringContaining('external-disk, optical') });
    expect(finding?.says).not.toMatch(/phone|hid/);
  });

  it('a policy that denies every keyboard, even when it was not loaded', () => {
    const policy: Policy = { ...policyWith('[]'), rules: [{ id: 'all', when: {}, rights: { all: 'deny' } }] };
    expect(found(policy)[0]).toBe('error locks-out all');
    const byDefault = { ...policy, rules: [] };
    const hid = { rights: { connect: 'deny', read: 'allow', write: 'allow', execute: 'allow' } } as const;
    expect(
      found({ ...byDefault, devices: { ...policy.devices, defaults: { ...policy.devices.defaults, hid } } }),
    ).toEqual(['error locks-out default-hid']);
  });

  it('a connected device that people type with and that would be denied', () => {
    const keyboard: DeviceFacts = {
      class: 'usb-storage',
      bus: 'usb',
      serialTrust: 'blank',
      interfaces: ['08:06:50', '03:01:01'],
    };
    const card: DeviceFacts = {
      class: 'network',
      bus: 'usb',
      serialTrust: 'blank',
      vendorId: '0bda',
      interfaces: ['ff:ff:ff'],
    };
    const policy = policyWith(
      '[{ id: badusb, when: { device: { class: usb-storage, interfaces: { anyOf: ["03:*:*"] } } }, rights: { all: deny } }, { id: no-dongles, when: { device: { vendorId: "0bda" } }, rights: { connect: deny } }]',
    );
    expect(found(policy, [keyboard, keyboard, card])).toEqual([
      'warning locks-out badusb',
      'warning locks-out no-dongles',
    ]);
    expect(lint(policy, { now: noon, devices: [keyboard, keyboard] })[0]?.says).toContain('2 connected devices');
  });

  it('a rule that denies every keyboard there is, and not one that leaves some', () => {
    const keyboard = (vendorId: string): DeviceFacts => ({
      class: 'hid',
      bus: 'usb',
      serialTrust: 'blank',
      vendorId,
      interfaces: ['03:01:01'],
    });
    const policy = policyWith(
      '[{ id: no-acme, when: { device: { vendorId: ["0a0a", "0b0b"] } }, rights: { connect: deny } }]',
    );
    const [worst] = lint(policy, { now: noon, devices: [keyboard('0a0a'), keyboard('0b0b')] });
    expect(worst).toMatchObject({ level: 'error', check: 'locks-out', ruleId: 'no-acme' });
    expect(worst?.says).toContain('every keyboard that is connected today (2)');
    expect(found(policy, [keyboard('0a0a'), keyboard('0c0c')])).toEqual(['warning locks-out no-acme']);
    expect(found(policy, [])).toEqual([]);
  });

  it.each(['focus', 'ccg'])('nothing to warn of in profile %s', (profile) => {
    expect(lint(loadPolicy(profileText(profile)), { now: noon }).filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('everything in a mend and a sentence', () => {
    const policy = policyWith(
      `[{ id: a, when: ${many}, rights: { all: deny } }, { id: b, when: ${sticks}, rights: { read: allow }, expires: 2026-01-01 }]`,
    );
    for (const { says, mend } of lint(policy, { now: noon })) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(mend).toMatch(/^[A-Z].*\.$/);
    }
  });
});

const base = policyWith('[]');

describe('one condition covers another', () => {
  const serial = 'EX1';
  it.each<[string, When, When, boolean]>([
    ['fewer demands', { device: { class: 'phone' } }, { device: { class: 'phone', vendorId: '05ac' } }, true],
    ['none at all', {}, { user: { name: 'alex' } }, true],
    ['more demands', { device: { class: 'phone', vendorId: '05ac' } }, { device: { class: 'phone' } }, false],
    ['a serial number of any trust', { device: { serial, serialTrust: 'shared' } }, { device: { serial } }, false],
    ['only trusted serial numbers', { device: { serial } }, { device: { serial, serialTrust: 'shared' } }, false],
    [
      'hours that run over midnight',
      { time: { after: '08:00' } },
      { time: { after: '08:00', before: '07:00' } },
      false,
    ],
    ['the same hours', { time: { after: '08:00' } }, { device: { class: 'phone' }, time: { after: '08:00' } }, true],
    [
      'a range of serial numbers',
      { device: { serial: { from: 'A1', to: 'A9' } } },
      { device: { serial: 'A5' } },
      false,
    ],
    [
      'other interfaces',
      { device: { interfaces: { anyOf: ['03:*:*'] } } },
      { device: { interfaces: { anyOf: ['03:01:01'] } } },
      false,
    ],
    ['the same branches', { any: [{ network: { vpn: true } }] }, { any: [{ network: { vpn: true } }] }, true],
    [
      'the same exception',
      { not: { device: { class: 'hid' } } },
      { not: { device: { class: 'hid' } }, network: { vpn: true } },
      true,
    ],
    ['another exception', { not: { device: { class: 'hid' } } }, { not: { device: { class: 'hub' } } }, false],
  ])('%s: %j over %j is %s', (_name, wide, narrow, expected) => {
    expect(covers(wide, narrow)).toBe(expected);
  });

  it('only where it holds wherever the other holds', () => {
    fc.assert(
      fc.property(whens, whens, lists, facts, standings, (wide, narrow, named, given, standing) => {
        if (!covers(wide, narrow)) return;
        const subject = aboutOf({ ...base, lists: named } as Policy, given, standing, noon);
        if (isTrue(evaluate(narrow, subject))) expect(isTrue(evaluate(wide, subject))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
