import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, decideBriefly } from '#shared/policy/decide.ts';
import { Decision, rightNames } from '#shared/policy/decision.ts';
import { evaluate } from '#shared/policy/evaluate.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Rule } from '#shared/policy/rule.ts';
import { Policy } from '#shared/policy/schema.ts';
import { Standing } from '#shared/policy/standing.ts';
import { isFalse, isTrue } from '#shared/policy/truth.ts';
import { aboutOf } from '#shared/policy/voices.ts';
import { checker } from '#shared/schema.ts';
import { facts, instants, lists, rules, standings, whens } from './arbitrary.ts';
import { noon, policyWith } from './cases.ts';

const base = policyWith('[]');
const policies = fc
  .record({ rules, lists, mode: fc.constantFrom('enforce' as const, 'report' as const) })
  .map((parts): Policy => ({ ...base, ...parts }));
const runs = { numRuns: 700 };
const isDecision = checker(Decision);

/** The facts with one more known: the same in every other respect. */
function learn(given: Facts, member: string): Facts {
  const { device, volume, user, computer, network } = given;
  const more: Record<string, () => Facts> = {
    vendorId: () => ({ ...given, device: { vendorId: '0781', ...device } }),
    volume: () => ({ ...given, volume: volume ?? { name: 'sdb1', encryption: 'unknown' } }),
    encryption: () => ({
      ...given,
      volume: {
        ...(volume ?? { name: 'sdb1' }),
        encryption: volume && volume.encryption !== 'unknown' ? volume.encryption : 'encrypted',
      },
    }),
    plain: () => ({
      ...given,
      volume: {
        ...(volume ?? { name: 'sdb1' }),
        encryption: volume && volume.encryption !== 'unknown' ? volume.encryption : 'plain',
      },
    }),
    method: () => ({ ...given, volume: { method: 'luks2', ...(volume ?? { name: 'sdb1', encryption: 'unknown' }) } }),
    encryptedBy: () => ({
      ...given,
      volume: { readOnly: true, ...(volume ?? { name: 'sdb1', encryption: 'unknown' }) },
    }),
    user: () => ({ ...given, user: { name: 'alex', ...user } }),
    groups: () => ({ ...given, user: { groups: ['IT'], ...user } }),
    computer: () => ({ ...given, computer: { id: 'pc-1', portable: true, ...computer } }),
    network: () => ({ ...given, network: { onNetwork: true, vpn: false, ...network } }),
    port: () => ({ ...given, device: { port: '1-1', ...device } }),
  };
  return more[member]?.() ?? given;
}
const learnable = fc.constantFrom(
  'vendorId',
  'volume',
  'encryption',
  'plain',
  'method',
  'encryptedBy',
  'user',
  'groups',
  'computer',
  'network',
  'port',
);

describe('laws of deciding', () => {
  it('what is generated here is valid', () => {
    const policy = checker(Policy);
    const standing = checker(Standing);
    fc.assert(
      fc.property(policies, standings, (one, other) => {
        policy.parse(one, 'policy');
        if (other) standing.parse(other, 'standing');
      }),
      { numRuns: 300 },
    );
  });

  it('is total: it never throws, never fails, and what comes out fits the schema', () => {
    fc.assert(
      fc.property(policies, facts, standings, instants, (policy, given, standing, now) => {
        const decision = decide({ policy, version: 1 }, given, standing, now);
        isDecision.parse(JSON.parse(JSON.stringify(decision)), 'The decision');
        expect(decision.tier).not.toBe('failed');
      }),
      runs,
    );
  });

  it('decides the same without its trace', () => {
    fc.assert(
      fc.property(policies, facts, standings, instants, (policy, given, standing, now) => {
        const inForce = { policy, version: 1, expiresAt: noon };
        const { trace: _trace, leftOut: _leftOut, ...rest } = decide(inForce, given, standing, now);
        expect(decideBriefly(inForce, given, standing, now)).toEqual(rest);
      }),
      runs,
    );
  });

  it('names in its trace what decided each right', () => {
    fc.assert(
      fc.property(policies, facts, standings, instants, (policy, given, standing, now) => {
        const { trace, decidedBy } = decide({ policy, version: 1 }, given, standing, now);
        for (const right of rightNames) {
          const step = trace.find(({ result, rights }) => result === 'decided' && rights?.includes(right));
          expect(step?.ruleId).toBe(decidedBy?.[right]);
        }
      }),
      runs,
    );
  });

  it('a permit rests on a condition that is true', () => {
    fc.assert(
      fc.property(policies, facts, standings, (policy, given, standing) => {
        const { wouldHave, decidedBy } = decide(
          { policy: { ...policy, mode: 'report' }, version: 1 },
          given,
          standing,
          noon,
        );
        for (const right of rightNames) {
          const rule = policy.rules?.find(({ id }) => id === decidedBy?.[right]);
          if (!rule || wouldHave?.[right] !== 'allow') continue;
          expect(isTrue(evaluate(rule.when, aboutOf(policy, given, standing, noon)))).toBe(true);
        }
      }),
      runs,
    );
  });

  it('learning a fact changes no condition that was already settled', () => {
    fc.assert(
      fc.property(whens, lists, facts, standings, learnable, (when, named, given, standing, member) => {
        const policy = { ...base, lists: named } as Policy;
        const before = evaluate(when, aboutOf(policy, given, standing, noon));
        const after = evaluate(when, aboutOf(policy, learn(given, member), standing, noon));
        if (isTrue(before)) expect(isTrue(after)).toBe(true);
        if (isFalse(before)) expect(isFalse(after)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('learning a fact lifts a denial only where the fact makes a permit true or answers the question of the denial', () => {
    fc.assert(
      fc.property(policies, facts, standings, learnable, (anyMode, given, standing, member) => {
        const policy: Policy = { ...anyMode, mode: 'report' };
        const more = learn(given, member);
        const before = decide({ policy, version: 1 }, given, standing, noon);
        const after = decide({ policy, version: 1 }, more, standing, noon);
        for (const right of rightNames) {
          if (before.wouldHave?.[right] !== 'deny' || after.wouldHave?.[right] !== 'allow') continue;
          // What the collector granted is a permit too, and the fact made it true.
          const grants = [...(standing?.approvals ?? []), ...(standing?.codes ?? [])];
          if (grants.some(({ id }) => id === after.decidedBy?.[right])) continue;
          const rule = (name: string | undefined) => policy.rules?.find(({ id }) => id === name);
          const truth = (one: Rule | undefined, about: Facts) =>
            one && evaluate(one.when, aboutOf(policy, about, standing, noon));
          const denier = truth(rule(before.decidedBy?.[right]), given);
          const denierAfter = truth(rule(before.decidedBy?.[right]), more);
          const permitBefore = truth(rule(after.decidedBy?.[right]), given);
          const answered = denier && denierAfter && !isTrue(denier) && isFalse(denierAfter);
          const madeTrue = permitBefore && !isTrue(permitBefore) && !isFalse(permitBefore);
          expect(answered || madeTrue).toBe(true);
        }
      }),
      { numRuns: 2500 },
    );
  });

  it('learning a fact no rule asks for changes nothing', () => {
    fc.assert(
      fc.property(policies, facts, standings, (policy, given, standing) => {
        const outcome = (about: Facts) => {
          const { rights, wouldHave, decidedBy } = decide({ policy, version: 1 }, about, standing, noon);
          return { rights, wouldHave, decidedBy };
        };
        const more = { ...given, device: { ...given.device, product: 'Anything', sizeBytes: 5 } };
        expect(outcome(more)).toEqual(outcome(given));
      }),
      runs,
    );
  });

  it('the order of the rules below the one that decides a right does not matter to it', () => {
    const shuffled = policies.chain((policy) =>
      fc.record({
        policy: fc.constant(policy),
        seed: fc.infiniteStream(fc.nat()).map((stream) => [...stream.take(16)]),
      }),
    );
    fc.assert(
      fc.property(shuffled, facts, standings, ({ policy, seed }, given, standing) => {
        const { decidedBy } = decide({ policy, version: 1 }, given, standing, noon);
        for (const right of rightNames) {
          const all = policy.rules ?? [];
          const place = all.findIndex(({ id }) => id === decidedBy?.[right]);
          if (place < 0) continue;
          const below = all.slice(place + 1).map((rule, index) => ({ rule, key: seed[index] ?? 0 }));
          below.sort((a, b) => a.key - b.key);
          const moved = { ...policy, rules: [...all.slice(0, place + 1), ...below.map(({ rule }) => rule)] };
          const again = decide({ policy: moved, version: 1 }, given, standing, noon);
          expect(again.decidedBy?.[right]).toBe(decidedBy?.[right]);
        }
      }),
      runs,
    );
  });

  it('a rule is off from the millisecond it expires', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) }),
        fc.integer({ min: -5, max: 5 }),
        (end, step) => {
          const rule = { id: 'it', when: {}, rights: { all: 'allow' as const }, expires: new Date(end).toISOString() };
          const device = {
            class: 'usb-storage' as const,
            bus: 'usb' as const,
            serialTrust: 'blank' as const,
            interfaces: [],
          };
          const { decidedBy, trace } = decide(
            { policy: { ...base, rules: [rule] }, version: 1 },
            { device },
            null,
            end + step,
          );
          expect(decidedBy?.read).toBe(step < 0 ? 'it' : 'default-usb-storage');
          expect(trace.some(({ result }) => result === 'off')).toBe(step >= 0);
        },
      ),
      runs,
    );
  });

  it('the safety floor is never denied', () => {
    const floor = fc.constantFrom('hid' as const, 'hub' as const, 'smartcard' as const);
    fc.assert(
      fc.property(policies, facts, floor, standings, instants, (policy, given, deviceClass, standing, now) => {
        const without = { ...policy, devices: { ...policy.devices, safetyFloor: [] } };
        const device = { ...given.device, class: deviceClass };
        const { rights, wouldHave } = decide({ policy: without, version: 1 }, { ...given, device }, standing, now);
        expect([rights, wouldHave].flatMap((each) => Object.values(each ?? {}))).toEqual(Array(8).fill('allow'));
      }),
      runs,
    );
  });

  it('report-only mode stops nothing, and says what it would have done', () => {
    fc.assert(
      fc.property(policies, facts, standings, instants, (policy, given, standing, now) => {
        const rulesInForce = policy.rules?.map(({ mode: _mode, ...rule }) => rule) ?? [];
        const report = decide({ policy: { ...policy, mode: 'report' }, version: 1 }, given, standing, now);
        const enforce = decide(
          { policy: { ...policy, mode: 'enforce', rules: rulesInForce }, version: 1 },
          given,
          standing,
          now,
        );
        expect(Object.values(report.rights)).toEqual(['allow', 'allow', 'allow', 'allow']);
        expect(report.wouldHave).toEqual(enforce.rights);
        expect(report.decidedBy).toEqual(enforce.decidedBy);
      }),
      runs,
    );
  });
});
