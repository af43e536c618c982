import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isVariation, passwordProfile } from '../../../collector/accounts/password-profiles.ts';
import { generatedPassword } from '../../../collector/accounts/passwords.ts';
import { longestWord, skeleton, wordLists } from '../../../collector/accounts/word-lists.ts';

const lists = wordLists();
const appendixA = passwordProfile('ccg-appendix-a', 'Example Care', lists);
const cyberEssentials = passwordProfile('cyber-essentials', 'Example Care', lists);
const of = { username: 'pat.analyst', displayName: 'Pat Analyst' };
const rules = async (password: string, more = {}) =>
  (await appendixA.faults(password, { ...of, ...more })).map(({ rule }) => rule);

// Reading the dictionary takes a second; the tests after it then look at what they test.
beforeEach(async () => void (await lists.words()), 60_000);

/**
 * Each bullet about what a system can hold people to names a test here, or where what it asks for is done: reuse, expiry
 * and first sign-in in passwords.test.ts, the lock in accounts.test.ts, a compromised password in account-pages.test.ts,
 * hashes in password-hash.test.ts. Where people write passwords down, and whether they take the same elsewhere, no
 * system sees.
 */
describe('Appendix A of the CCG policy', () => {
  it.each(['Tq7!rZ4%wP', 'Vk29!!mdRQ', 'Xp$7mQ2&vLt9', '7Gk!wq-RZ-4x'])('accepts %j', async (password) => {
    expect(await rules(password)).toEqual([]);
  });

  it('Suggestions for Strong Passwords: refuses "FarmHairTree83*", which has one special character', async () => {
    const faults = await appendixA.faults('FarmHairTree83*', of);
    expect(faults.map(({ rule }) => rule)).toEqual(['special']);
    expect(faults[0]?.says).toMatch(
      /^Use at least 2 characters that are neither letters nor digits.*There is 1 now\.$/,
    );
  });

  it('Suggestions for Strong Passwords: refuses "Iu2l@n1TA", which has one special character and the name Anita', async () => {
    const faults = await appendixA.faults('Iu2l@n1TA', of);
    expect(faults.map(({ rule }) => rule)).toEqual(['swapped-word', 'special']);
    expect(faults[0]?.says).toContain('"@n1ta"');
  });

  describe.each([
    ['A minimum of 8 characters long', 'length', [['Tq7!Z4%'], ['']]],
    [
      'Not contain a dictionary word of more than 4 characters',
      'dictionary-word',
      [['xx77!!Harbour'], ['PURPLEk77!!'], ['77!!Tree5table']],
    ],
    ['Contain at least two uppercase letters', 'upper-case', [['tq77!!rzW'], ['tq77!!rzw']]],
    ['Contain at least two lower case letters', 'lower-case', [['TQ77!!RZw'], ['TQ77!!RZW']]],
    ['Contain at least 2 numbers', 'digits', [['TqWr!!ZwP7'], ['TqWr!!ZwP']]],
    [
      'Contain at least two special characters or non-alphanumeric characters',
      'special',
      [['TqWr7!Zw4P'], ['TqWr77Zw4P'], ['Tq Wr77 Zw4P']],
    ],
    [
      'never your name, username or email address',
      'own-details',
      [['Analyst!!77Zq'], ['@nalyst!!77Zq'], ['77!!xZpatanalystQ']],
    ],
    [
      'never anything easily guessed, such as the subject of the information, system or project',
      'product',
      [['P0rtcullis!!77Q'], ['77!!NHSqWzk'], ['ExampleCare!!77']],
    ],
    [
      'never commonly used passwords such as Password1, ABCD1234, Letmein1',
      'common',
      [['Password1'], ['ABCD1234'], ['Letmein1'], ['P@ssw0rd!!77']],
    ],
    [
      'never where letters were replaced which spell a recognised word',
      'swapped-word',
      [['xZ77!!h4rb0ur'], ['5tr33t!!XQz'], ['QQ!!1l1u5ion7']],
    ],
    [
      'never names of your partner, family, pets, dates, sport teams: dates',
      'date',
      [['Zq!!21/11/1987k'], ['ZqRk!!wx2026'], ['Zq!!Rk211187w']],
    ],
    [
      'never names of your partner, family, pets, dates, sport teams: names',
      'dictionary-word',
      [['Jessica!!77Qz'], ['Ch77!!xZArsenal'], ['charlie!!77QZ']],
    ],
  ] as [string, string, [string][]][])('%s', (_bullet, rule, passwords) => {
    it.each(passwords)('%j', async (password) => expect(await rules(password)).toContain(rule));
  });

  it('takes a word of 4 letters', async () => expect(await rules('Tree!!77Farm')).toEqual([]));

  // Two bullets say it: the second among what a password is never based on.
  describe.each([
    'New passwords should not just be recycled with characters added or changed',
    'never a previous password or deviation of a previous password (i.e. by changing one or two characters)',
  ])('%s', () => {
    const current = 'Tq7!rZ4%wP';
    it.each(['Tq7!rZ4%wP99', '!!Tq7!rZ4%wP', 'Tq8!rZ5%wP', 'tq7!RZ4%wP', 'Tq7!rZ4&wX', 'TqX7!rZX4%wP'])(
      '%j',
      async (password) => {
        expect(await rules(password, { current })).toContain('variation');
      },
    );
    it('takes one that has nothing of it', async () => expect(await rules('Vk29!!mdRQ', { current })).toEqual([]));
  });

  it('Passwords should be changed as a minimum every 90 days', () => expect(appendixA.longestUseDays).toBe(90));
  it('Previously used passwords should not be re-used for 4 changes', () => expect(appendixA.remembered).toBe(4));

  it('names every fault at once, each with its mend', async () => {
    const faults = await appendixA.faults('pat', of);
    expect(faults.map(({ rule }) => rule)).toEqual(['length', 'upper-case', 'digits', 'special']);
    for (const { says } of faults) expect(says).toMatch(/^(Use|Take|Leave|Choose) .+\.$/);
  });
});

describe('Cyber Essentials', () => {
  it.each([
    'purple anchor walnut',
    'correct horse battery staple',
    'x7#kQ!29mmZw',
    'Ich bin zwölf Zeichen',
    'zk4wqpm9',
  ])('accepts %j', async (password) => expect(await cyberEssentials.faults(password, of)).toEqual([]));

  it.each([
    ['short', 'length'],
    ['x'.repeat(300), 'too-long'],
    ['aaaaaaaaaaaaaaaa', 'one-run'],
    ['my PAT.Analyst 99 key', 'own-details'],
    ['p@t.analyst forever', 'own-details'],
    ['Password123456', 'common'],
    ['P@$$w0rd12345', 'common'],
    ['letmein12345', 'common'],
    ['football', 'common'],
    ['123456789012', 'common'],
    ['portcullis forever', 'product'],
  ])('refuses %j: %s', async (password, rule) => {
    expect((await cyberEssentials.faults(password, of)).map((fault) => fault.rule)).toContain(rule);
  });

  it('asks for no kinds of marks, no change after some time, and a second factor of administrators', () => {
    expect(cyberEssentials).toMatchObject({
      longestUseDays: null,
      remembered: 0,
      secondFactorFor: ['ict-administrator'],
    });
  });

  it('refuses the password that is in use', async () => {
    const current = 'purple anchor walnut';
    expect(await cyberEssentials.faults(current, { ...of, current })).toMatchObject([{ rule: 'reused' }]);
  });
});

describe('a password made here', () => {
  it.each([appendixA, cyberEssentials])('keeps to the rules of its own profile', async (profile) => {
    for (let count = 0; count < 20; count += 1) {
      expect(await profile.faults(await generatedPassword(profile), of)).toEqual([]);
    }
  });
});

describe('the laws of words and variations', () => {
  it('a word written with swaps is found, wherever it stands', async () => {
    const words = await lists.words();
    fc.assert(
      fc.property(
        fc.constantFrom('harbour', 'street', 'planet', 'battle'),
        fc.string({ maxLength: 8 }),
        (word, before) => {
          const swapped = word.replaceAll('a', '4').replaceAll('e', '3').replaceAll('t', '7');
          expect(longestWord(`${before}${swapped}`, words)?.word.length).toBeGreaterThanOrEqual(5);
        },
      ),
    );
  });

  it('a skeleton is its own skeleton, and as long as the text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,40}$/), (text) => {
        expect(skeleton(skeleton(text))).toBe(skeleton(text));
        expect(skeleton(text)).toHaveLength(text.length);
      }),
    );
  });

  it('whatever is added to a password at either end leaves it a variation', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (old, before, after) => {
        expect(isVariation(`${before}${old}${after}`, old)).toBe(true);
      }),
    );
  });
});
