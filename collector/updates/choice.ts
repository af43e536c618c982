import { hash } from 'node:crypto';

export interface Meant {
  id: string;
  /** Groups of computers; empty: all. */
  groups: readonly string[];
  /** 1 to 100. */
  percent: number;
}

/**
 * Whether a roll-out means a computer. Pure, and the same at every asking: whoever is in at 10 percent is in at 20, and another
 * roll-out begins with others.
 */
export function isMeant({ id, groups, percent }: Meant, computer: { id: string; groups: readonly string[] }): boolean {
  if (groups.length > 0 && !groups.some((group) => computer.groups.includes(group))) return false;
  const place = Number.parseInt(hash('sha256', `${id} ${computer.id}`).slice(0, 8), 16) / 2 ** 32;
  return place * 100 < percent;
}
