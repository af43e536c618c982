import type { Policy } from '#shared/policy/schema.ts';
import type { Store } from '../store/tables.ts';
import { policyVersion } from './policies.ts';

/** A version as it was published, or undefined when there is none such. */
export type PolicyOf = (store: Store, version: number) => Promise<Policy | undefined>;

const kept = 20;

/** Versions never change, and reading one takes tens of milliseconds: the last few are remembered. */
export function policyMemory(): PolicyOf {
  const known = new Map<number, Policy>();
  return async (store, version) => {
    const remembered = known.get(version);
    if (remembered) return remembered;
    const policy = (await policyVersion(store, version))?.policy;
    if (known.size >= kept) known.clear();
    if (policy) known.set(version, policy);
    return policy;
  };
}
