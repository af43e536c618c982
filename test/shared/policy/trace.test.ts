import { describe, expect, it } from 'vitest';
import { decide } from '#shared/policy/decide.ts';
import { Decision, longestTrace } from '#shared/policy/decision.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { checker } from '#shared/schema.ts';
import { caseOf, letters, noon, policyWith, standingOf } from './cases.ts';

function why(rule: string, line: string, policy: Policy = policyWith(`[${rule}]`)) {
  const { facts, now } = caseOf(line);
  return decide({ policy, version: 1 }, facts, null, now).trace.find(({ tier }) => tier === 'rule');
}

const encrypted =
  '{ id: it, when: { device: { class: usb-storage, vendorId: ["0781", "0951"] }, volume: { encryption: encrypted } }, rights: { read: allow } }';

describe('the trace says of a rule', () => {
  it.each([
    ['that it decided, and which rights', encrypted, 'stick vid=0781 enc=encrypted', 'decided', 'Its condition holds.'],
    [
      'the one fact that differed',
      encrypted,
      'stick vid=0781 enc=plain',
      'nearly-matched',
      'volume.encryption is plain, not encrypted.',
    ],
    [
      'that nothing of it held',
      '{ id: it, when: { device: { class: phone } }, rights: { read: allow } }',
      'stick',
      'not-matched',
      'device.class is usb-storage, not phone.',
    ],
    [
      'all that differed',
      encrypted,
      'disk vid=1111 enc=plain',
      'not-matched',
      'device.class is external-disk, not usb-storage; device.vendorId is 1111, not 0781 or 0951; volume.encryption is plain, not encrypted.',
    ],
    ['what is not known', encrypted, 'stick enc=unknown', 'unknown', 'Not known: device.vendorId, volume.encryption.'],
    [
      'what differs and what is not known',
      encrypted,
      'stick enc=plain',
      'nearly-matched',
      'volume.encryption is plain, not encrypted; not known: device.vendorId.',
    ],
    [
      'that an exception held',
      '{ id: it, when: { device: { class: usb-storage }, not: { device: { vendorId: "0781" } } }, rights: { read: allow } }',
      'stick vid=0781',
      'nearly-matched',
      'device.vendorId 0781 is excepted.',
    ],
    [
      'that nothing is left by an exception of everything',
      '{ id: it, when: { device: { class: usb-storage }, not: {} }, rights: { read: allow } }',
      'stick',
      'nearly-matched',
      'Everything is excepted.',
    ],
    [
      'the branch that came nearest',
      '{ id: it, when: { any: [{ device: { class: phone, vendorId: "1111" } }, { device: { class: usb-storage, vendorId: "0951" } }] }, rights: { read: allow } }',
      'stick vid=0781',
      'nearly-matched',
      'device.vendorId is 0781, not 0951.',
    ],
    [
      'the local time',
      '{ id: it, when: { device: { class: usb-storage }, time: { days: [mon] } }, rights: { read: allow } }',
      'stick at=2026-07-15T07:30:00Z',
      'nearly-matched',
      'time.days is wed 08:30, not mon.',
    ],
    [
      'a list it is not on',
      '{ id: it, when: { device: { class: usb-storage, in: ours } }, rights: { read: allow } }',
      'stick vid=1111',
      'nearly-matched',
      'The device is not on the list ours.',
    ],
    [
      'that it expired',
      '{ id: it, when: {}, rights: { read: allow }, expires: 2026-01-01 }',
      'stick',
      'off',
      'It expired: 2026-01-01.',
    ],
    [
      'that it denies what it cannot know',
      '{ id: it, when: { device: { class: usb-storage }, volume: { encryption: plain } }, rights: { read: deny }, onUnknown: match }',
      'stick',
      'decided',
      'It cannot be known whether its condition holds, and then it denies.',
    ],
    [
      'that it is report-only',
      '{ id: it, when: {}, rights: { read: allow }, mode: report }',
      'stick',
      'reported',
      'Its condition holds. It is report-only.',
    ],
  ])('%s', (_name, rule, line, result, because) => {
    const policy = policyWith(`[${rule}]`, '{ ours: { devices: [{ vendorId: "0781" }] } }');
    expect(why(rule, line, policy)).toMatchObject({ result, because });
  });

  it('that what it says was decided before it', () => {
    const policy = policyWith(
      '[{ id: a, when: {}, rights: { read: allow } }, { id: b, when: {}, rights: { read: allow } }]',
    );
    const { trace } = decide({ policy, version: 1 }, caseOf('stick').facts, null, noon);
    expect(trace.find(({ ruleId }) => ruleId === 'b')?.result).toBe('matched');
  });

  it('nothing of the people it names', () => {
    const rule =
      '{ id: it, when: { device: { class: usb-storage }, user: { name: sam.secret } }, rights: { read: allow } }';
    expect(why(rule, 'stick user=alex.example')?.because).toBe('user.name is another.');
  });

  it('nothing that could forge a line', () => {
    const rule = '{ id: it, when: { device: { class: usb-storage, product: X } }, rights: { read: allow } }';
    const { facts } = caseOf('stick');
    const hostile = { ...facts, device: { ...facts.device, product: `a\n\u202Eb${'x'.repeat(240)}` } };
    const decision = decide({ policy: policyWith(`[${rule}]`), version: 1 }, hostile, null, noon);
    checker(Decision).parse(decision, 'The decision');
    expect(decision.trace.map(({ because }) => because).join('')).not.toMatch(/[\n\u202E]/);
  });
});

describe('a trace of many rules', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => ({
    id: `rule-${index}`,
    when: { device: { class: 'phone', vendorId: '0781', product: `P${index}` } },
    rights: { read: 'allow' },
  }));
  const near = {
    id: 'near',
    when: { device: { class: 'usb-storage' }, volume: { encryption: 'encrypted' } },
    rights: { read: 'allow' },
  };
  const deciding = { id: 'deciding', when: { device: { class: 'usb-storage' } }, rights: { write: 'allow' } };
  const policy = policyWith(JSON.stringify([...rules.slice(0, 5000), near, ...rules.slice(5000), deciding]));
  const { facts } = caseOf('stick vid=1111 enc=plain product=Q');
  const decision = decide({ policy, version: 1 }, facts, null, noon);

  it('keeps what decided and what came near, in order, and counts the rest', () => {
    expect(decision.trace.length).toBe(longestTrace);
    const ids = decision.trace.map(({ ruleId }) => ruleId);
    expect(ids.at(0)).toBe('safety-floor');
    expect(ids.slice(-3)).toEqual(['near', 'deciding', 'default-usb-storage']);
    expect(decision.leftOut).toBe(10_002 - (longestTrace - 2));
  });

  it('is worked out fast enough to stand between a plug and its use', () => {
    const start = performance.now();
    for (let run = 0; run < 20; run++) decide({ policy, version: 1 }, facts, null, noon);
    // A few milliseconds on an idle machine; the bound only catches what grows faster than the list.
    expect((performance.now() - start) / 20).toBeLessThan(100);
  });

  it('says what an approval for an encrypted medium lacks, and not of hundreds', () => {
    const approval = (id: number) =>
      `  - { id: A${id}, kind: media, encrypted: true, device: { class: usb-storage }, rights: [read], from: "2026-01-01T00:00:00.000Z", to: "2027-01-01T00:00:00.000Z", approver: H, reference: T }\n`;
    const standing = standingOf(`approvals:\n${Array.from({ length: 300 }, (_, id) => approval(id)).join('')}`);
    const lacking = (line: string) => {
      const made = decide({ policy, version: 1 }, caseOf(line).facts, standing, noon);
      checker(Decision).parse(made, 'The decision');
      return made.trace.filter(({ tier }) => tier === 'approval');
    };
    expect(lacking('stick enc=plain')).toHaveLength(4);
    expect(lacking('stick enc=plain')[0]).toMatchObject({
      result: 'nearly-matched',
      because: expect.stringContaining('It is for an encrypted medium. volume.encryption is plain, not encrypted'),
    });
    expect(lacking('stick')[0]).toMatchObject({
      result: 'unknown',
      because: expect.stringContaining('Not known: volume'),
    });
    expect(lacking('stick enc=encrypted method=luks2')).toMatchObject([{ result: 'decided', rights: ['read'] }]);
  });

  it('still names what decided when hundreds of approvals are live', () => {
    const approval = (id: number, right: string) =>
      `  - { id: A${id}, kind: media, device: { class: usb-storage }, rights: [${right}], from: "2026-01-01T00:00:00.000Z", to: "2027-01-01T00:00:00.000Z", approver: H, reference: T }\n`;
    const many = Array.from({ length: 300 }, (_, index) => approval(index, 'connect')).join('');
    const standing = standingOf(`approvals:\n${many}${approval(999, 'read')}`);
    const crowded = decide({ policy, version: 1 }, facts, standing, noon);
    checker(Decision).parse(crowded, 'The decision');
    expect(letters(crowded.rights)).toBe('crw-');
    expect(crowded.trace.filter(({ tier }) => tier === 'approval').map(({ ruleId }) => ruleId)).toEqual(['A0', 'A999']);
  });
});

describe('a decision', () => {
  const rule =
    '{ id: it, when: { device: { class: usb-storage } }, rights: { read: deny }, severity: high, tell: [ict], evidence: hashes, clause: focus 4.6 }';

  it('carries what its rule says of severity, people, evidence and clause', () => {
    const decision = decide({ policy: policyWith(`[${rule}]`), version: 9 }, caseOf('stick').facts, null, noon);
    expect(decision).toMatchObject({
      ruleId: 'it',
      severity: 'high',
      tell: ['ict'],
      evidence: 'hashes',
      clause: 'focus 4.6',
      policyVersion: 9,
    });
  });

  it('says what would have been without report-only mode, of a rule or of the policy', () => {
    const reporting = rule.replace('severity', 'mode: report, severity');
    const allowing = '{ id: sticks, when: { device: { class: usb-storage } }, rights: { all: allow } }';
    const oneRule = decide(
      { policy: policyWith(`[${reporting}, ${allowing}]`), version: 1 },
      caseOf('stick').facts,
      null,
      noon,
    );
    expect([oneRule.mode, letters(oneRule.rights), letters(oneRule.wouldHave ?? oneRule.rights)]).toEqual([
      'enforce',
      'crwx',
      'c-wx',
    ]);
    const all = decide(
      { policy: policyWith(`[${rule}]`, '{}', { mode: 'report' }), version: 1 },
      caseOf('stick').facts,
      null,
      noon,
    );
    expect([all.mode, letters(all.rights), letters(all.wouldHave ?? all.rights)]).toEqual(['report', 'crwx', 'c---']);
  });

  it('of a computer without a policy allows and records, and says so', () => {
    const decision = decide(null, caseOf('stick').facts, null, noon);
    expect(decision).toMatchObject({ tier: 'no-policy', mode: 'report', policyVersion: 0, rights: { write: 'allow' } });
    checker(Decision).parse(decision, 'The decision');
  });

  it.each([
    ['keep-enforcing', 'enforce', 'c---'],
    ['report-only', 'report', 'crwx'],
  ] as const)('of an expired policy that says %s is made in mode %s', (whenExpired, mode, rights) => {
    const policy = policyWith('[]', '{}', { whenExpired });
    const at = (now: number) => decide({ policy, version: 1, expiresAt: noon }, caseOf('stick').facts, null, now);
    expect(letters(at(noon - 1).rights)).toBe('c---');
    expect([at(noon).mode, letters(at(noon).rights)]).toEqual([mode, rights]);
  });

  it.each([
    ['allow-and-record', 'crwx'],
    ['class-default', 'c---'],
    ['deny', '----'],
  ] as const)('that could not be worked out follows %s', (whenDecisionFails, rights) => {
    const policy = policyWith('[]', '{}', { whenDecisionFails });
    const broken = {
      ...policy,
      get rules(): never {
        throw new Error('a fault of the program');
      },
    } as unknown as Policy;
    const decision = decide({ policy: broken, version: 1 }, caseOf('stick').facts, null, noon);
    expect([decision.tier, letters(decision.rights)]).toEqual(['failed', rights]);
    expect(letters(decide({ policy: broken, version: 1 }, caseOf('keyboard').facts, null, noon).rights)).toBe('crwx');
    checker(Decision).parse(decision, 'The decision');
  });
});
