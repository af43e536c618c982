/**
 * Text is looked at as bytes in which ASCII stands for itself: UTF-8, Windows-1252 and their like. Nothing that is
 * searched for needs more, and a file need not be decoded to be read.
 */
export const newline = 10;
export const space = 32;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte > 47 && byte < 58;
}

export function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte > 64 && byte < 91;
}

export function isLower(byte: number | undefined): boolean {
  return byte !== undefined && byte > 96 && byte < 123;
}

export function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && (byte | 32) > 96 && (byte | 32) < 123;
}

export function isAlphanumeric(byte: number | undefined): boolean {
  return isDigit(byte) || isLetter(byte);
}

/** Blanks, controls and the parts of a no-break space. */
export function isBlank(byte: number | undefined): boolean {
  return byte !== undefined && (byte <= space || byte === 0xa0 || byte === 0xc2);
}

export function digitAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) - 48;
}

/** The capital of an ASCII letter, 0 for `A`. */
export function letterAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) & ~32) - 65;
}

/** Bytes of one separator that ends before `end`: a space, hyphen or one of their no-break and wide kin; else 0. */
export function separatorBefore(bytes: Uint8Array, end: number): number {
  const last = bytes[end - 1] ?? 0;
  // In Windows-1252 a single byte: no-break space, en dash.
  if (last === space || last === 0x2d) return 1;
  if (last < 0x80) return 0;
  const before = bytes[end - 2] ?? 0;
  if (isDigit(before)) return last === 0xa0 || last === 0x96 ? 1 : 0;
  if (before === 0xc2) return last === 0xa0 ? 2 : 0;
  if (before !== 0x80 || bytes[end - 3] !== 0xe2) return 0;
  // Figure, thin and narrow no-break space; hyphen, no-break hyphen, figure dash and en dash.
  return last === 0x87 || last === 0x89 || last === 0xaf || (last >= 0x90 && last <= 0x93) ? 3 : 0;
}

/** Whether two stretches of the same length hold the same bytes. */
export function sameBytes(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index += 1) if (bytes[one + index] !== bytes[other + index]) return false;
  return true;
}
