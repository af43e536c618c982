import type { When } from './conditions.ts';
import { fitsPattern } from './pattern.ts';

/** One thing a condition asks for: a member of a part, or a whole `any` or `not` taken as it stands. */
interface Demand {
  path: string;
  wanted: unknown;
}

/**
 * Whether the first condition surely holds wherever the second holds: then a rule with the second never gets to speak
 * of what a rule with the first, standing above it, has said. Errs towards no.
 */
export function covers(wide: When, narrow: When): boolean {
  const given = demandsOf(narrow);
  if (narrow.any) {
    const { any, ...rest } = narrow;
    if (any.every((branch) => covers(wide, { all: [rest, branch] }))) return true;
  }
  return demandsOf(wide).every((demand) => given.some((other) => other.path === demand.path && follows(demand, other)));
}

function demandsOf(when: When): Demand[] {
  const { all = [], any, not, ...parts } = when;
  const members = Object.entries(parts).flatMap(([part, condition]) => partDemands(part, condition));
  return [
    ...members,
    ...all.flatMap(demandsOf),
    ...(any ? [{ path: 'any', wanted: any }] : []),
    ...(not ? [{ path: 'not', wanted: not }] : []),
  ];
}

function partDemands(part: string, condition: object): Demand[] {
  // What a serial number means hangs on whether its trust is named, and the hours of a day on both ends.
  const trust = 'serialTrust' in condition ? '!' : '';
  if (part === 'time') return [{ path: 'time', wanted: condition }];
  return Object.entries(condition).map(([name, wanted]) => ({
    path: `${part}.${name}${name === 'serial' ? trust : ''}`,
    wanted,
  }));
}

/** Whether one demand is met wherever the other, of the same path, is. */
function follows({ path, wanted: wide }: Demand, { wanted: narrow }: Demand): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  if (path.endsWith('sizeBytes')) return isWithin(narrow as Size, wide as Size);
  if (!isWords(wide) || !isWords(narrow)) return false;
  const patterns = [wide].flat();
  return [narrow].flat().every((word) => patterns.some((pattern) => fitsPattern(pattern, word)));
}

interface Size {
  from?: number;
  to?: number;
}

function isWithin(inner: Size, outer: Size): boolean {
  return (inner.from ?? 0) >= (outer.from ?? 0) && (inner.to ?? Infinity) <= (outer.to ?? Infinity);
}

function isWords(value: unknown): value is string | string[] {
  return [value].flat().every((one) => typeof one === 'string');
}
