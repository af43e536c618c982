import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKeyPair, signer, verifier } from '#shared/identity.ts';
import {
  agentMessageCheckers,
  batchText,
  collectorMessageCheckers,
  enrolmentCode,
  helloText,
  parseEnrolmentCode,
  policyText,
  type RefusalCode,
  RefusalError,
  refusals,
  signingContexts,
} from '#shared/protocol/protocol.ts';

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const head = fc.record({ seq: fc.nat(), link: hex });
const word = fc.stringMatching(/^[A-Za-z0-9_-]{16,40}$/);

describe('what is signed', () => {
  it('differs when any part of a batch’s head differs', () => {
    fc.assert(
      fc.property(fc.uuid(), head, head, fc.uuid(), head, head, (id, after, to, otherId, otherAfter, otherTo) => {
        const same = JSON.stringify([id, after, to]) === JSON.stringify([otherId, otherAfter, otherTo]);
        expect(batchText(id, after, to) === batchText(otherId, otherAfter, otherTo)).toBe(same);
      }),
    );
  });

  it('is bound to challenge and collector', () => {
    const hello = {
      type: 'hello' as const,
      protocol: 1,
      computerId: 'c',
      version: 'v',
      instance: 'i',
      stored: { seq: 0, link: 'l' },
    };
    const texts = [helloText('n', 'k', hello), helloText('m', 'k', hello), helloText('n', 'j', hello)];
    expect(new Set(texts).size).toBe(3);
  });

  it('keeps texts apart that only run together alike', () => {
    const policy = { version: 1, organisation: 'a', publishedAt: 'b', text: 'c' };
    expect(policyText({ ...policy, organisation: 'a","b' })).not.toBe(policyText({ ...policy, publishedAt: 'b","b' }));
    expect(policyText({ ...policy, expiresAt: 'x' })).not.toBe(policyText(policy));
  });

  it('for one purpose serves no other', () => {
    const keys = signer(newKeyPair().privateKeyPem);
    const verify = verifier(keys.publicKey);
    const signature = keys.sign(signingContexts.hello, 'text');
    expect(verify(signingContexts.hello, 'text', signature)).toBe(true);
    for (const context of [signingContexts.batch, signingContexts.policy])
      expect(verify(context, 'text', signature)).toBe(false);
  });
});

describe('an enrolment code', () => {
  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(word, hex, (token, fingerprint) => {
        expect(parseEnrolmentCode(` ${enrolmentCode(token, fingerprint)}\n`)).toEqual({ token, fingerprint });
      }),
    );
  });
  it('is told from any other text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseEnrolmentCode(text)).toThrow(expect.objectContaining({ code: 'badEnrolmentCode' }));
      }),
    );
  });
});

describe('messages', () => {
  it.each(Object.keys(refusals) as RefusalCode[])('refusal %s fits its own schema and ends in a sentence', (code) => {
    const { refusal } = new RefusalError(code, 'x'.repeat(1000), 5);
    expect(collectorMessageCheckers().refusal.check(refusal)).toBe(true);
    expect(refusals[code].says).toMatch(/^[A-Z].*\.$/);
  });

  it('that come from anywhere are judged, never thrown at', () => {
    const checks = Object.values({ ...agentMessageCheckers(), ...collectorMessageCheckers() });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const { check } of checks) expect(check(value)).toBe(false);
      }),
    );
  });
});
