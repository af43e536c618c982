import type { Role } from './roles.ts';
import { longestWord, skeleton, unswapped, type WordLists, wordLists } from './word-lists.ts';

export const passwordProfileNames = ['ccg-appendix-a', 'cyber-essentials'] as const;
export type PasswordProfileName = (typeof passwordProfileNames)[number];

/** What a password must not be taken from. */
export interface PasswordOf {
  username: string;
  displayName: string;
  /** The password that is replaced, as just typed. Against its hash only equality can be found out. */
  current?: string;
}

/** A rule that a password breaks, and a sentence that says which one and how to mend it. */
export interface PasswordFault {
  rule: string;
  says: string;
}

export interface PasswordProfile {
  name: PasswordProfileName;
  /** Days after which a password must be changed; null: never. */
  longestUseDays: number | null;
  /** So many former passwords may not come back. */
  remembered: number;
  secondFactorFor: readonly Role[];
  /** In words, for the page on which a password is chosen. */
  hint: string;
  /** Everything wrong with a new password, in the order of the policy. Empty when it is good. */
  faults(password: string, of: PasswordOf): Promise<PasswordFault[]>;
}

const mostCharacters = 256;

/**
 * The two sets of rules a site can choose between, because the policies contradict each other: Appendix A of the CCG
 * policy asks for kinds of marks and a change every 90 days, Cyber Essentials for length and against both.
 */
export function passwordProfile(
  name: PasswordProfileName,
  organisation: string,
  lists: WordLists = wordLists(),
): PasswordProfile {
  const site = { organisation, lists };
  switch (name) {
    case 'ccg-appendix-a':
      return {
        name,
        longestUseDays: 90,
        remembered: 4,
        secondFactorFor: [],
        hint: '8 characters or more (12 are better), with at least 2 capital letters, 2 small letters, 2 digits and 2 other characters such as ! £ % & * @, and no word of more than 4 letters.',
        faults: (password, of) => appendixAFaults(password, of, site),
      };
    case 'cyber-essentials':
      return {
        name,
        longestUseDays: null,
        remembered: 0,
        secondFactorFor: ['ict-administrator'],
        hint: '12 characters or more, and nothing that is easily guessed. Three or four unrelated words make a good one.',
        faults: (password, of) => cyberEssentialsFaults(password, of, site),
      };
  }
}

interface Site {
  organisation: string;
  lists: WordLists;
}

/** Appendix A, "Password Creation / Criteria", line by line. */
async function appendixAFaults(
  password: string,
  of: PasswordOf,
  { organisation, lists }: Site,
): Promise<PasswordFault[]> {
  const word = longestWord(password.slice(0, mostCharacters), await lists.words());
  return faultsOf([
    [[...password].length < 8, 'length', 'Use at least 8 characters; 12 are better.'],
    tooLong(password),
    [
      word !== undefined && !word.swapped,
      'dictionary-word',
      `Take out the word "${word?.word}": words and names of more than 4 letters are not allowed.`,
    ],
    [
      word?.swapped,
      'swapped-word',
      `Take out "${word?.word}": a word stays one when letters are swapped for digits or symbols.`,
    ],
    fewer(password, /\p{Lu}/gu, 'upper-case', 'capital letters'),
    fewer(password, /\p{Ll}/gu, 'lower-case', 'small letters'),
    fewer(password, /\p{Nd}/gu, 'digits', 'digits'),
    fewer(
      password,
      /[^\p{L}\p{N}\s]/gu,
      'special',
      'characters that are neither letters nor digits, such as ! £ % & * @',
    ),
    [
      isVariation(password, of.current),
      'variation',
      'Choose a new password: this one is the old one with something added or changed.',
    ],
    ownDetails(password, of),
    productName(password, organisation),
    [hasDate(password), 'date', 'Leave out dates and years, which are easily found out.'],
    await common(password, lists),
  ]);
}

/** Cyber Essentials, "password-based authentication": long, or shorter and not in a list of common ones; nothing else. */
async function cyberEssentialsFaults(
  password: string,
  of: PasswordOf,
  { organisation, lists }: Site,
): Promise<PasswordFault[]> {
  const characters = [...password].length;
  return faultsOf([
    [
      characters < 8,
      'length',
      'Use at least 12 characters, or at least 8 that are not in any list of common passwords. Three or four unrelated words make a good password.',
    ],
    tooLong(password),
    [
      characters > 0 && new Set(password.toLowerCase()).size <= 2,
      'one-run',
      'Use more than one or two different characters.',
    ],
    [password !== '' && password === of.current, 'reused', 'Choose a password that is not the one you have now.'],
    ownDetails(password, of),
    productName(password, organisation),
    await common(password, lists),
  ]);
}

type Check = readonly [broken: boolean | undefined, rule: string, says: string];

function faultsOf(checks: readonly Check[]): PasswordFault[] {
  return checks.filter(([broken]) => broken).map(([, rule, says]) => ({ rule, says }));
}

function tooLong(password: string): Check {
  return [[...password].length > mostCharacters, 'too-long', `Use no more than ${mostCharacters} characters.`];
}

function fewer(password: string, kind: RegExp, rule: string, what: string): Check {
  const has = password.match(kind)?.length ?? 0;
  return [has < 2, rule, `Use at least 2 ${what}. There ${has === 1 ? 'is 1' : 'are none'} now.`];
}

function ownDetails(password: string, { username, displayName }: PasswordOf): Check {
  const parts = [username, displayName, ...`${username} ${displayName}`.split(/[^\p{L}\p{N}]+/u)];
  return [holds(password, parts, 4), 'own-details', 'Leave your own name, user name and e-mail address out of it.'];
}

const products = ['portcullis', 'collector', 'console', 'systmone', 'controcc', 'windows', 'microsoft', 'nhs'];

function productName(password: string, organisation: string): Check {
  const parts = [...products, organisation, ...organisation.split(/[^\p{L}\p{N}]+/u)];
  return [holds(password, parts, 3), 'product', 'Leave out the names of systems and of the organisation.'];
}

function holds(password: string, parts: readonly string[], shortest: number): boolean {
  const bare = lettersOf(password);
  return parts.map(lettersOf).some((part) => part.length >= shortest && bare.includes(part));
}

function lettersOf(text: string): string {
  return skeleton(text).replace(/[^\p{L}\p{N}]/gu, '');
}

function hasDate(password: string): boolean {
  const years = /(?<!\d)(19|20)\d\d(?!\d)/;
  const days = /(?<!\d)(0?[1-9]|[12]\d|3[01])[-/. ](0?[1-9]|1[0-2])[-/. ](\d\d)?\d\d(?!\d)/;
  const run = /(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])((19|20)?\d\d)(?!\d)/;
  return [years, days, run].some((pattern) => pattern.test(password));
}

/** The list holds bare words: so many marks at the end (`Password1`, `Letmein1!`) add little. */
const addedMarks = 8;

async function common(password: string, lists: WordLists): Promise<Check> {
  const list = await lists.commonPasswords();
  const lower = password.toLowerCase();
  const bare = lower.replace(/[^a-z]+$/, '');
  const forms = [lower, bare, lower.replace(/[^\p{L}\p{N}]/gu, ''), unswapped(bare)];
  const found = forms.some((form) => form.length >= 5 && form.length >= lower.length - addedMarks && list.has(form));
  return [found, 'common', 'Choose something less common: this is one of the first passwords that anyone tries.'];
}

const alike = 2 / 3;

/**
 * Whether two thirds of the shorter password come back in the other in the same order: that finds marks added at
 * either end and one or two changed in the middle. Pure.
 */
export function isVariation(password: string, current: string | undefined): boolean {
  if (!current || password === '') return false;
  const [left, right] = [[...password.toLowerCase()], [...current.toLowerCase()]];
  return commonMarks(left, right) >= alike * Math.min(left.length, right.length);
}

/** Length of the longest common subsequence. */
function commonMarks(left: readonly string[], right: readonly string[]): number {
  let row = new Array<number>(right.length + 1).fill(0);
  for (const mark of left) {
    const next = [0];
    for (const [index, other] of right.entries()) {
      next.push(mark === other ? (row[index] ?? 0) + 1 : Math.max(next[index] ?? 0, row[index + 1] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
