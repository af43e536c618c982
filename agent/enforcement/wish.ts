import type { Decision, Rights } from '#shared/policy/decision.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { type Access, accesses, type Wish } from './enforcement.ts';

/** Decisions about one device and about each volume known to be on it. */
export interface Decisions {
  device: Decision;
  volumes: ReadonlyMap<string, Decision>;
  /** Something about its volumes has to be known before it can be decided, and nothing is known yet. */
  awaitsVolume: boolean;
}

export function wishOf({ connect, read, write, execute }: Rights): Wish {
  const mayConnect = connect === 'allow';
  // Nothing stores what can only be written, so that writing without reading is no access either.
  const access: Access = !mayConnect || read === 'deny' ? 'refused' : write === 'deny' ? 'read-only' : 'full';
  return { connect: mayConnect, access, execute: execute === 'allow' };
}

/**
 * What is to become of a device whole: as much as the volume that is allowed most, since a part can only be reached
 * through the whole. Until its volumes are known it is held, where they could speak for it.
 */
export function deviceWish({ device, volumes, awaitsVolume }: Decisions): Wish {
  const own = wishOf(device.rights);
  if (volumes.size > 0) return [...volumes.values()].map(({ rights }) => wishOf(rights)).reduce(wider, refusal(own));
  if (awaitsVolume && own.access === 'refused') return { connect: true, access: 'held', execute: false };
  return own;
}

function refusal({ connect }: Wish): Wish {
  return { connect, access: 'refused', execute: false };
}

function wider(one: Wish, other: Wish): Wish {
  return {
    connect: one.connect || other.connect,
    access: width(other) > width(one) ? other.access : one.access,
    execute: one.execute || other.execute,
  };
}

/** As much of a wish as a limit leaves. */
export function narrower(wish: Wish, limit: Wish): Wish {
  return {
    connect: wish.connect && limit.connect,
    access: width(limit) < width(wish) ? limit.access : wish.access,
    execute: wish.execute && limit.execute,
  };
}

function width({ access }: Wish): number {
  return accesses.indexOf(access);
}

/** Whether facts of a volume, which are not known yet, might lift what is denied, so that it pays to look at them. */
export function awaitsVolume(policy: Policy | undefined, { trace }: Decision): boolean {
  // An approval for an encrypted medium says nothing of reading before it was seen to be one.
  if (trace.some(({ tier, result }) => tier === 'approval' && result === 'unknown')) return true;
  const results = new Map(trace.map(({ ruleId, result }) => [ruleId, result]));
  return (policy?.rules ?? []).some((rule) => {
    const result = results.get(rule.id);
    const mayLift = result === 'unknown' || (result === 'decided' && rule.onUnknown === 'match');
    return mayLift && mentions(rule.when, 'volume');
  });
}

function mentions(condition: unknown, name: string): boolean {
  if (typeof condition !== 'object' || condition === null) return false;
  return Object.entries(condition).some(([key, inner]) => key === name || mentions(inner, name));
}
