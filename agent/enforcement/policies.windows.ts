import { isDeepStrictEqual } from 'node:util';
import type { Registry } from '../platform/windows/registry.ts';
import type { Kept, KeptPolicy } from './kept.windows.ts';
import type { PolicyStanding } from './plan.windows.ts';
import { type Deny, denies, type PolicyKind, type PolicyValue } from './policy-keys.windows.ts';

export interface PolicyHands {
  registry: Registry;
  kept: Kept;
  /** Puts `kept` on the disk. @throws when that cannot be done */
  keep(): void;
  bootId: string;
}

/**
 * Makes these values stand, and gives back what stood before where one is no longer wanted.
 * @returns how many another hand had taken back since the last time; they stand again
 */
export function applyPolicies(wanted: readonly PolicyValue[], hands: PolicyHands): number {
  const { registry, kept } = hands;
  for (const old of kept.policies.filter((one) => !wanted.some((value) => isSameValue(one, value))))
    restore(old, hands);
  let undone = 0;
  for (const value of wanted) {
    const now = registry.value(value.path, value.name);
    const known = kept.policies.find((one) => isSameValue(one, value));
    if (known && now === value.data) continue;
    if (known) undone++;
    else remember(value, now, hands);
    registry.set(value.path, value.name, value.data);
  }
  return undone;
}

/** Before it is written, so that it can be given back whatever happens meanwhile. */
function remember({ path, name, data }: PolicyValue, now: unknown, { kept, keep, bootId }: PolicyHands): void {
  const isKeepable = typeof now === 'string' || typeof now === 'number' || Array.isArray(now);
  kept.policies.push({ path, name, data, former: isKeepable ? (now as KeptPolicy['former']) : null, bootId });
  keep();
}

/** A value that another hand has changed meanwhile is theirs. */
function restore(old: KeptPolicy, { registry, kept, keep }: PolicyHands): void {
  if (registry.value(old.path, old.name) === old.data) {
    if (old.former === null) registry.remove(old.path, old.name);
    else registry.set(old.path, old.name, old.former);
    registry.removeIfEmpty(old.path);
    registry.removeIfEmpty(old.path.slice(0, old.path.lastIndexOf('\\')));
  }
  kept.policies = kept.policies.filter((one) => one !== old);
  keep();
}

export function restorePolicies(hands: PolicyHands): void {
  for (const old of [...hands.kept.policies]) restore(old, hands);
}

/** Reads back whether a policy stands, and whether Windows has started since it was written. */
export function standingOf(
  kind: PolicyKind | undefined,
  deny: Deny,
  { registry, kept, bootId }: PolicyHands,
): PolicyStanding {
  if (kind === undefined) return 'absent';
  const values = denies(kind, deny);
  if (!values.every(({ path, name, data }) => registry.value(path, name) === data)) return 'absent';
  const own = values.map((value) => kept.policies.find((one) => isSameValue(one, value)));
  // One that stood before the agent came has been there since the last start, for all that can be told.
  return own.some((one) => one?.bootId === bootId && one.former !== one.data) ? 'written' : 'in-force';
}

function isSameValue(one: PolicyValue, other: PolicyValue): boolean {
  return isDeepStrictEqual([one.path, one.name, one.data], [other.path, other.name, other.data]);
}
