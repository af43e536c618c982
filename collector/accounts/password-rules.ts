const fewestCharacters = 12;
const mostCharacters = 256;

/** Beginnings of passwords that every guessing list has; what follows them adds little. */
const common = [
  '123456',
  'abcd1234',
  'administrator',
  'changeme',
  'iloveyou',
  'letmein',
  'password',
  'portcullis',
  'qwerty',
  'welcome',
];

/**
 * Everything wrong with a new password, each as a sentence that says how to mend it. Empty when it is good.
 * The place for the password profiles of the two policies; now one rule for all: long, and not easily guessed.
 */
export function passwordFaults(password: string, account: { username: string; displayName: string }): string[] {
  const faults: string[] = [];
  const length = [...password].length;
  if (length < fewestCharacters) {
    faults.push(`Use at least ${fewestCharacters} characters. Three or four unrelated words make a good password.`);
  }
  if (length > mostCharacters) faults.push(`Use no more than ${mostCharacters} characters.`);
  if (isOneRun(password)) faults.push('Use more than one or two different characters.');
  const plain = letters(password);
  const names = [account.username, account.displayName].map(letters).filter((name) => name.length >= 3);
  if (names.some((name) => plain.includes(name))) faults.push('Leave your user name and your own name out of it.');
  if (common.some((word) => plain.startsWith(letters(word)) && plain.length < letters(word).length + 8)) {
    faults.push('Choose something less common: this begins like one of the first passwords anyone tries.');
  }
  return faults;
}

function isOneRun(password: string): boolean {
  return password.length > 0 && new Set(password.toLowerCase()).size <= 2;
}

/** Letters and digits only, in lower case, with the usual swaps undone: `P@ssw0rd` is `password`. */
function letters(text: string): string {
  const swaps: Record<string, string> = { '@': 'a', $: 's', '0': 'o', '3': 'e', '!': 'i' };
  return text
    .toLowerCase()
    .replace(/[@$03!]/g, (mark) => swaps[mark] ?? mark)
    .replace(/[^\p{L}\p{N}]/gu, '');
}
