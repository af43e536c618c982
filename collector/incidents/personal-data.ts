/**
 * Whether a text holds a number that can be an NHS number: ten digits, perhaps in groups, whose check digit is right.
 * About one in eleven other ten-digit numbers passes as well, and has to be written otherwise. Pure.
 */
export function holdsNhsNumber(text: string): boolean {
  return [...text.matchAll(/(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)/g)].some(([found]) =>
    isChecked(found.replaceAll(/\D/g, '')),
  );
}

/** Mod 11, as the NHS Data Dictionary has it. */
function isChecked(digits: string): boolean {
  const sum = [...digits.slice(0, 9)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0);
  const check = (11 - (sum % 11)) % 11;
  return check !== 10 && check === Number(digits[9]);
}

/** The same text without these names, each in any case; for what leaves the organisation. Pure. */
export function withoutNames(text: string, names: readonly string[], instead: string): string {
  return names
    .filter((name) => name.trim().length > 2)
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, name) => left.replaceAll(new RegExp(literal(name.trim()), 'giu'), instead), text);
}

/** What means something in a regular expression, meant as itself. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
