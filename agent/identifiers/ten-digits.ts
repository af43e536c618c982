/**
 * Ten digits in a row, looked at in three words: the longest lists hold nothing else, and ten bytes one by one take
 * several times as long. Words are read with their first byte lowest, and the last two overlap.
 */
export function isTenDigits(view: DataView, at: number): boolean {
  return areDigits(view.getInt32(at, true), view.getInt32(at + 4, true), view.getInt32(at + 6, true));
}

/** @returns -1 when they are not all digits, 0 when those times 10 down to 1 add up to no multiple of 11, else the number */
export function tenDigitsModulo11(view: DataView, at: number): number {
  const first = view.getInt32(at, true);
  const second = view.getInt32(at + 4, true);
  const last = view.getInt32(at + 6, true);
  if (!areDigits(first, second, last)) return -1;
  const ninth = (last >>> 16) & 15;
  const tenth = (last >>> 24) & 15;
  if ((weighted(first, 10) + weighted(second, 6) + 2 * ninth + tenth) % 11 !== 0) return 0;
  return fourDigits(first) * 1_000_000 + (fourDigits(second) * 100 + 10 * ninth + tenth);
}

/** The upper half of every digit is 3; without it, 6 can be added to the lower and the upper stays clear. */
function areDigits(first: number, second: number, last: number): boolean {
  const one = first ^ 0x30303030;
  const two = second ^ 0x30303030;
  const three = last ^ 0x30303030;
  return ((one | two | three | (one + 0x06060606) | (two + 0x06060606) | (three + 0x06060606)) & 0xf0f0f0f0) === 0;
}

/**
 * Four digits times the weight and the three below it, added up. Every other digit lies in a half of its own; a product of
 * two such pairs has both products that are wanted in its upper half, and what is below never reaches it.
 */
function weighted(four: number, weight: number): number {
  const odd = Math.imul(four & 0x000f000f, (weight << 16) | (weight - 2));
  const even = Math.imul((four >>> 8) & 0x000f000f, ((weight - 1) << 16) | (weight - 3));
  return (odd + even) >>> 16;
}

function fourDigits(four: number): number {
  const digits = four & 0x0f0f0f0f;
  const pairs = (10 * digits + (digits >>> 8)) & 0x00ff00ff;
  return 100 * (pairs & 0xff) + (pairs >>> 16);
}
