import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodeGrant,
  type CodeMinutes,
  checkCode,
  codeMinutes,
  grantFault,
  isChallengeOf,
  makeChallenge,
  makeCode,
  readChallenge,
  readCode,
  spoken,
  wholeComputer,
} from '#shared/policy/code.ts';
import { rightNames } from '#shared/policy/decision.ts';

const secret = Buffer.alloc(32, 7).toString('base64url');
const computer = '0199aaaa-0000-7000-8000-000000000001';
const seed = { nonce: Buffer.alloc(16, 3).toString('base64url'), subject: 'usb:0781:5581:serial:EX1' };
const challenge = makeChallenge(secret, seed);
const grant: CodeGrant = { scope: 'device', rights: ['connect', 'read'], minutes: 60 };
const code = makeCode(secret, computer, challenge, grant);
const breakGlass: CodeGrant = { scope: 'computer', rights: [...rightNames], minutes: 480 };

const secrets = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const grants: fc.Arbitrary<CodeGrant> = fc.record({
  scope: fc.constant('device' as const),
  rights: fc.subarray([...rightNames], { minLength: 1 }),
  minutes: fc.constantFrom(...codeMinutes),
});

describe('a one-time code', () => {
  it('gives back what it was made for', () => {
    fc.assert(
      fc.property(secrets, fc.uuid(), fc.string(), grants, (key, id, subject, given) => {
        const from = { nonce: seed.nonce, subject: `usb:${subject}` };
        const asked = makeChallenge(key, from);
        const made = makeCode(key, id, asked, given);
        expect(asked).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
        expect(made).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/);
        expect(isChallengeOf(key, asked)).toBe(true);
        expect(checkCode(key, id, { seed: from, challenge: asked }, made)).toEqual(given);
      }),
    );
  });

  it.each<[string, () => CodeGrant | null]>([
    ['on another computer', () => checkCode(secret, `${computer.slice(0, -1)}2`, { seed, challenge }, code)],
    [
      'with another secret',
      () => checkCode(Buffer.alloc(32, 8).toString('base64url'), computer, { seed, challenge }, code),
    ],
    [
      'for another device',
      () => checkCode(secret, computer, { seed: { ...seed, subject: 'usb:0781:5581:serial:EX2' }, challenge }, code),
    ],
    [
      'for another challenge of the same device',
      () => {
        const other = { ...seed, nonce: Buffer.alloc(16, 4).toString('base64url') };
        return checkCode(secret, computer, { seed: other, challenge: makeChallenge(secret, other) }, code);
      },
    ],
    [
      'for one device where the whole computer was asked for',
      () => {
        const whole = { ...seed, subject: wholeComputer };
        const asked = makeChallenge(secret, whole);
        return checkCode(secret, computer, { seed: whole, challenge: asked }, makeCode(secret, computer, asked, grant));
      },
    ],
    [
      'for the whole computer where one device was asked for',
      () => checkCode(secret, computer, { seed, challenge }, makeCode(secret, computer, challenge, breakGlass)),
    ],
  ])('is nothing %s', (_what, check) => {
    expect(check()).toBeNull();
  });

  it('is nothing with any of its characters another, rights and duration included', () => {
    const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    for (let place = 0; place < code.length; place++) {
      for (const letter of letters) {
        if (letter === code[place]) continue;
        const changed = code.slice(0, place) + letter + code.slice(place + 1);
        expect(checkCode(secret, computer, { seed, challenge }, changed)).toBeNull();
      }
    }
  });

  it('for the whole computer holds every right for eight hours at most', () => {
    const whole = { ...seed, subject: wholeComputer };
    const asked = makeChallenge(secret, whole);
    const check = (given: CodeGrant) =>
      checkCode(secret, computer, { seed: whole, challenge: asked }, makeCode(secret, computer, asked, given));
    expect(check(breakGlass)).toEqual(breakGlass);
    // Somebody with the secret could make these; they are not taken all the same.
    expect(check({ ...breakGlass, minutes: 1440 })).toBeNull();
    expect(check({ ...breakGlass, rights: ['read'] })).toBeNull();
    expect(grantFault({ ...breakGlass, minutes: 1440 })).toMatch(/8 hours/);
    expect(grantFault(grant)).toBeUndefined();
  });

  it('keeps its durations: their places travel in codes', () => {
    expect(codeMinutes.slice(0, 9)).toEqual<CodeMinutes[]>([15, 30, 60, 120, 240, 480, 1440, 4320, 10_080]);
  });
});

describe('a challenge', () => {
  it('heard wrong in one place is noticed in nearly every case', () => {
    const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const heard = [...challenge].flatMap((right, place) =>
      [...letters]
        .filter((letter) => letter !== right)
        .map((letter) => challenge.slice(0, place) + letter + challenge.slice(place + 1)),
    );
    const passed = heard.filter((text) => isChallengeOf(secret, text));
    expect(passed.length / heard.length).toBeLessThan(0.1);
  });

  it('of another computer is noticed in nearly every case', () => {
    const others = Array.from({ length: 200 }, (_, index) =>
      makeChallenge(Buffer.alloc(32, index).toString('base64url'), seed),
    );
    expect(others.filter((text) => isChallengeOf(secret, text)).length).toBeLessThan(25);
  });
});

describe('what is typed', () => {
  it.each([
    ['7K3M-9QXV', '7K3M9QXV'],
    ['7k3m 9qxv', '7K3M9QXV'],
    [' o1li-uuab ', '0111VVAB'],
    ['7K3M-9QX', undefined],
    ['7K3M-9QX!', undefined],
    ['7K3M-9QXVV', undefined],
    ['', undefined],
  ])('%j is read as %j', (typed, read) => {
    expect(readChallenge(typed)).toBe(read);
  });

  it('comes back from being spoken, however it is written down', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), { minLength: 12, maxLength: 12 }),
        (letters) => {
          const text = letters.join('');
          expect(spoken(text)).toMatch(/^.{4}-.{4}-.{4}$/);
          expect(readCode(spoken(text).toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(text);
        },
      ),
    );
  });
});
