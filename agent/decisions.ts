import { decide } from '#shared/policy/decide.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { PolicyInForce } from './policy/keeper.ts';
import type { Judged } from './recorder.ts';
import type { Change } from './watchers/watcher.ts';

/** What decisions of this moment have in common. What is left out is unknown, and unknown never permits. */
export interface Circumstances extends Pick<Facts, 'user' | 'computer' | 'network'> {
  /** Milliseconds since 1970. */
  now: number;
  /** Null until the collector has told the register and the approvals. */
  standing: Standing | null;
}

/** Adds to each change what the policy says of it. Pure. */
export function judge(change: Change, current: PolicyInForce | null, circumstances: Circumstances): Judged {
  const { now, standing, ...around } = circumstances;
  const rule = (facts: Facts) => decide(current, { ...around, ...facts }, standing, now);
  switch (change.kind) {
    case 'media.attached':
    case 'media.changed':
      return { ...change, decision: rule({ device: change.data.device }) };
    case 'media.mounted':
    case 'media.decided': {
      const { device, volume } = change.data;
      return { ...change, decision: rule({ device, ...(volume && { volume }) }) };
    }
    default:
      return change;
  }
}
