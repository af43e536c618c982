import { readFile } from 'node:fs/promises';

/** What people take passwords from. Loaded when first asked, because most collectors never need all of it. */
export interface WordLists {
  /** English words of five letters and more, and names that many passwords are made of, as {@link skeleton}s. */
  words(): Promise<ReadonlySet<string>>;
  /** Passwords that every guessing list begins with, in lower case. */
  commonPasswords(): Promise<ReadonlySet<string>>;
}

const shortestWord = 5;

/** So many of the commonest passwords are looked for inside others too: names of people, pets and teams. */
const commonest = 10_000;

/**
 * The dictionary is that of the package `word-list` (275,000 words), the list of common passwords that of
 * `@zxcvbn-ts/language-common` (49,000, commonest first); both are under the MIT licence.
 */
export function wordLists(): WordLists {
  let words: Promise<ReadonlySet<string>> | undefined;
  let passwords: Promise<ReadonlySet<string>> | undefined;
  const lists: WordLists = {
    words() {
      words ??= lists.commonPasswords().then(loadWords);
      return words;
    },
    commonPasswords() {
      passwords ??= loadPasswords();
      return passwords;
    },
  };
  return lists;
}

async function loadWords(passwords: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const { default: path } = await import('word-list');
  // The file holds small letters only, so that of all swaps one is left to do; word by word would take seconds.
  const words = new Set(skeletonOfLetters(await readFile(path, 'utf8')).split('\n'));
  for (const name of [...passwords].slice(0, commonest))
    if (/^[a-z]{5,}$/.test(name)) words.add(skeletonOfLetters(name));
  return words;
}

function skeletonOfLetters(text: string): string {
  return text.replaceAll('l', 'i');
}

async function loadPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set<string>(dictionary['passwords-common']);
}

/** Marks that stand for a letter in swapped words. */
const swaps: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '+': 't',
  '€': 'e',
};

/** Lower case, without accents, with letter-for-mark swaps undone; as many marks as before. Pure. */
export function unswapped(text: string): string {
  return plain(text).replace(/./gu, (mark) => swaps[mark] ?? mark);
}

/** As {@link unswapped}, with i and l made one, because both are written as 1: two words are alike if their skeletons are. */
export function skeleton(text: string): string {
  return skeletonOfLetters(unswapped(text));
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** A word found in a password. `swapped` says that some of its letters were written as other marks. */
export interface FoundWord {
  word: string;
  swapped: boolean;
}

const longestWordLength = 28;

/** The longest word of more than four letters in a password, plainly written ones first; undefined when it holds none. Pure. */
export function longestWord(password: string, words: ReadonlySet<string>): FoundWord | undefined {
  const written = plain(password);
  const bare = skeleton(password);
  let swapped: FoundWord | undefined;
  for (let length = Math.min(longestWordLength, bare.length); length >= shortestWord; length -= 1) {
    for (let start = 0; start + length <= bare.length; start += 1) {
      const word = written.slice(start, start + length);
      if (!words.has(bare.slice(start, start + length))) continue;
      if (/^[a-z]+$/.test(word)) return { word, swapped: false };
      // A word has letters: without this every telephone number would hold one.
      if ((word.match(/[a-z]/g)?.length ?? 0) >= 2) swapped ??= { word, swapped: true };
    }
  }
  return swapped;
}
