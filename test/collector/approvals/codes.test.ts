import { describe, expect, it } from 'vitest';
import { type CodeGrant, checkCode, makeChallenge, readCode, spoken } from '#shared/policy/code.ts';
import { rightNames } from '#shared/policy/decision.ts';
import {
  type CodeToMake,
  cancelCode,
  cancelledCodes,
  listCodes,
  makeOneTimeCode,
  noteRedeemed,
} from '../../../collector/approvals/codes.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const doing = { by: 'analyst', now };
const secret = Buffer.alloc(32, 7).toString('base64url');
const seed = { nonce: Buffer.alloc(16, 3).toString('base64url'), subject: 'usb:0781:5581:serial:EX1' };
const challenge = makeChallenge(secret, seed);
const grant: CodeGrant = { scope: 'device', rights: ['connect', 'read'], minutes: 60 };
const wanted: Omit<CodeToMake, 'computer'> = {
  challenge: spoken(challenge),
  grant,
  approver: 'Head',
  reason: 'A clinic',
};
const code = (word: string) => expect.objectContaining({ code: word });

/** A store with a computer that has a secret, one enrolled before there were any, and one of the first one's name. */
async function site() {
  const test = await testStore();
  const add = (publicKey: string, hostname: string, codeSecret?: string) =>
    test.store
      .transaction()
      .execute((tx) =>
        addComputer(tx, { publicKey, hostname, version: '0.1.0', now, ...(codeSecret && { codeSecret }) }),
      );
  const computer = await add('key-1', 'LT-1', secret);
  await add('key-2', 'LT-OLD');
  return { ...test, computer, add };
}

describe('a code', () => {
  it('is made for the computer and the challenge, by id or host name, and is what that computer takes', async () => {
    await using test = await site();
    const made = await makeOneTimeCode(test.store, { ...wanted, computer: 'LT-1' }, doing);
    expect(made).toMatchObject({ computerId: test.computer, challenge });
    expect(made.code).toMatch(/^.{4}-.{4}-.{4}$/);
    const typed = readCode(made.code) ?? '';
    expect(checkCode(secret, test.computer, { seed, challenge }, typed)).toEqual(grant);
    expect(await listCodes(test.store)).toMatchObject([
      { challenge, grant, hostname: 'LT-1', approver: 'Head', reason: 'A clinic', redeemed_at: null },
    ]);
    const kept = await test.store.selectFrom('codes').selectAll().execute();
    expect(JSON.stringify(kept)).not.toContain(typed);
  });

  it.each<[string, Partial<CodeToMake>, string]>([
    ['a computer nobody knows', { computer: 'LT-9' }, 'noSuchComputer'],
    ['a computer without a secret', { computer: 'LT-OLD' }, 'noCodeSecret'],
    ['what is no challenge', { challenge: 'hello' }, 'invalid'],
    ['a challenge that was misheard', { challenge: misheard() }, 'wrongChallenge'],
    ['no reason', { reason: ' ' }, 'invalid'],
    ['no approver', { approver: '' }, 'invalid'],
    [
      'the whole computer for a day',
      { grant: { scope: 'computer', rights: [...rightNames], minutes: 1440 } },
      'invalid',
    ],
    ['the whole computer to read only', { grant: { scope: 'computer', rights: ['read'], minutes: 60 } }, 'invalid'],
  ])('is not made for %s', async (_what, change, word) => {
    await using test = await site();
    const given = { ...wanted, computer: test.computer, ...change };
    await expect(makeOneTimeCode(test.store, given, doing)).rejects.toEqual(code(word));
    expect(await listCodes(test.store)).toEqual([]);
  });

  it('is not made by a name that two computers have', async () => {
    await using test = await site();
    await test.add('key-3', 'LT-1', secret);
    await expect(makeOneTimeCode(test.store, { ...wanted, computer: 'LT-1' }, doing)).rejects.toEqual(
      code('ambiguous'),
    );
  });

  it('that is cancelled is told to its computer, and never made again', async () => {
    await using test = await site();
    const given = { ...wanted, computer: test.computer };
    await makeOneTimeCode(test.store, given, doing);
    expect(await standingVersion(test.store)).toBe(1);
    await cancelCode(test.store, spoken(challenge).toLowerCase(), doing);
    expect(await standingVersion(test.store)).toBe(2);
    expect(await cancelledCodes(test.store, now)).toEqual([{ computerId: test.computer, challenge }]);
    await expect(cancelCode(test.store, challenge, doing)).rejects.toEqual(code('noSuchCode'));
    await expect(makeOneTimeCode(test.store, given, doing)).rejects.toEqual(code('usedUp'));
    // Ten days on, nothing of it could hold any more.
    expect(await cancelledCodes(test.store, now + 10 * 24 * 60 * 60 * 1000)).toEqual([]);
  });

  it('that was typed in is noted; one that was never made here is noticed', async () => {
    await using test = await site();
    await makeOneTimeCode(test.store, { ...wanted, computer: test.computer }, doing);
    const note = (no: number, typed: string) =>
      test.store.transaction().execute((tx) => noteRedeemed(tx, no, [{ challenge: typed, at: now + 5 }]));
    expect(await note(2, challenge)).toBe(false);
    expect(await note(1, '00000000')).toBe(false);
    expect(await listCodes(test.store)).toMatchObject([{ redeemed_at: null }]);
    expect(await note(1, challenge)).toBe(true);
    expect(await listCodes(test.store)).toMatchObject([{ redeemed_at: now + 5 }]);
  });
});

/** The same with its second character heard as another. */
function misheard(): string {
  const other = challenge[1] === '7' ? '8' : '7';
  return challenge[0] + other + challenge.slice(2);
}
