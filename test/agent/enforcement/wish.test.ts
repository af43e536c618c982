import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rights, TraceStep, Verdict } from '#shared/policy/decision.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { accesses, type Wish } from '../../../agent/enforcement/enforcement.ts';
import { awaitsVolume, deviceWish, narrower, wishOf } from '../../../agent/enforcement/wish.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { charging, decisionOf, everything, nothing, readOnly } from '../../fakes/decision.ts';

const refused: Wish = { connect: true, access: 'refused', execute: false };
const width = ({ access }: Wish) => accesses.indexOf(access);
const verdict = fc.constantFrom<Verdict>('allow', 'deny');
const anyRights: fc.Arbitrary<Rights> = fc.record({
  connect: verdict,
  read: verdict,
  write: verdict,
  execute: verdict,
});

describe('what rights come to', () => {
  it.each<[string, Rights, Wish]>([
    ['everything', everything, { connect: true, access: 'full', execute: true }],
    ['read-only', readOnly, { connect: true, access: 'read-only', execute: false }],
    ['charging', charging, refused],
    ['nothing', nothing, { ...refused, connect: false }],
    ['writing without reading', { ...everything, read: 'deny' }, { ...refused, execute: true }],
    ['rights without connecting', { ...everything, connect: 'deny' }, { ...refused, connect: false, execute: true }],
  ])('%s', (_, rights, wish) => {
    expect(wishOf(rights)).toEqual(wish);
  });
});

describe('a device whole', () => {
  const wish = (device: Rights, volumes: Record<string, Rights> = {}, awaits = false) =>
    deviceWish({
      device: decisionOf(device),
      volumes: new Map(Object.entries(volumes).map(([name, rights]) => [name, decisionOf(rights)])),
      awaitsVolume: awaits,
    });

  it('follows its own decision until its volumes are known', () => {
    expect(wish(readOnly)).toEqual(wishOf(readOnly));
  });

  it('is held when its volumes could speak for it, and not when it is allowed anyway', () => {
    expect(wish(charging, {}, true)).toEqual({ connect: true, access: 'held', execute: false });
    expect(wish(nothing, {}, true)).toEqual({ connect: true, access: 'held', execute: false });
    expect(wish(readOnly, {}, true)).toEqual(wishOf(readOnly));
  });

  it('is as open as the volume that is allowed most', () => {
    expect(wish(charging, { sdb1: charging, sdb2: readOnly })).toMatchObject({ connect: true, access: 'read-only' });
  });

  it('is refused when all its volumes are', () => {
    expect(wish(everything, { sdb1: charging })).toMatchObject({ access: 'refused' });
  });

  it('is never wider than the widest of its decisions', () => {
    fc.assert(
      fc.property(anyRights, fc.array(anyRights, { maxLength: 4 }), (device, volumes) => {
        const whole = wish(device, Object.fromEntries(volumes.map((rights, index) => [`sdb${index}`, rights])));
        const widest = Math.max(...(volumes.length > 0 ? volumes : [device]).map((rights) => width(wishOf(rights))));
        expect(width(whole)).toBe(widest);
      }),
    );
  });

  it('a limit never widens a wish', () => {
    fc.assert(
      fc.property(anyRights, anyRights, (one, other) => {
        const left = narrower(wishOf(one), wishOf(other));
        expect(width(left)).toBe(Math.min(width(wishOf(one)), width(wishOf(other))));
      }),
    );
  });
});

describe('whether it pays to look at the volumes first', () => {
  const policy = loadPolicy(profileText('focus'));
  const rule = (when: object, more: object = {}) => ({
    ...policy,
    rules: [{ id: 'one', when, rights: { read: 'allow' }, ...more }],
  });
  const step = (result: TraceStep['result']): TraceStep => ({ tier: 'rule', ruleId: 'one', result, because: '' });
  const encrypted = { volume: { encryption: 'encrypted' } };

  it.each([
    ['a permit for encrypted volumes is open', rule(encrypted), step('unknown'), true],
    ['the volume stands deeper in the condition', rule({ any: [{ not: encrypted }] }), step('unknown'), true],
    ['a rule denies because the volume is not known', rule(encrypted, { onUnknown: 'match' }), step('decided'), true],
    ['what is not known is something else', rule({ user: { name: 'ann' } }), step('unknown'), false],
    ['the permit does not fit anyway', rule(encrypted), step('not-matched'), false],
    ['an approval is for encrypted media', rule({}), { ...step('unknown'), tier: 'approval' }, true],
    [
      'an approval is for encrypted media, and this is none',
      rule({}),
      { ...step('nearly-matched'), tier: 'approval' },
      false,
    ],
  ] as const)('%s', (_, given, trace, expected) => {
    expect(awaitsVolume(given as typeof policy, decisionOf(charging, { trace: [trace] }))).toBe(expected);
  });
});
