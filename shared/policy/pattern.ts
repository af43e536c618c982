/**
 * Whether the whole text fits a pattern in which `*` stands for any run of characters. Letters fit in either case,
 * because Windows and people change it freely. Each piece between two stars is searched for once, from left to right,
 * so no pattern can make it run away.
 */
export function fitsPattern(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return sameText(pattern, text);
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const given = text.toLowerCase();
  const last = rest.pop() ?? '';
  if (given.length < first.length + last.length || !given.startsWith(first) || !given.endsWith(last)) return false;
  const end = given.length - last.length;
  let from = first.length;
  for (const piece of rest) {
    const found = given.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

/** Whether two texts are equal, letters in either case. */
export function sameText(one: string, other: string): boolean {
  return one === other || (one.length === other.length && one.toLowerCase() === other.toLowerCase());
}

/** Whether an interface such as `03:01:01` fits `03:01:01`, `03:01:*` or `03:*:*`. */
export function fitsInterface(pattern: string, given: string): boolean {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern === given : given.startsWith(pattern.slice(0, star));
}

export interface SerialRange {
  from: string;
  to: string;
}

/** The part in which the ends of a range differ, and the characters that may stand there; null for no range. */
function rangeParts({ from, to }: SerialRange): { start: number; allowed: RegExp } | null {
  if (from.length !== to.length) return null;
  let start = 0;
  while (start < from.length && from[start] === to[start]) start++;
  const ends = from.slice(start) + to.slice(start);
  const allowed = [/^[0-9]*$/, /^[0-9a-f]*$/].find((set) => set.test(ends));
  return allowed && from <= to ? { start, allowed } : null;
}

const lower = ({ from, to }: SerialRange): SerialRange => ({ from: from.toLowerCase(), to: to.toLowerCase() });

/** Whether the two ends are as long as each other, in order, and differ in decimal or hexadecimal digits only. */
export function isSerialRange(range: SerialRange): boolean {
  return rangeParts(lower(range)) !== null;
}

/** Whether a serial lies in a range, both ends included. */
export function inSerialRange(range: SerialRange, serial: string): boolean {
  const { from, to } = lower(range);
  const parts = rangeParts({ from, to });
  const given = serial.toLowerCase();
  if (!parts || given.length !== from.length || !parts.allowed.test(given.slice(parts.start))) return false;
  return from <= given && given <= to;
}
