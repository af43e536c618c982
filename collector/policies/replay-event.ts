import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import { decideBriefly } from '#shared/policy/decide.ts';
import { type RightName, type Rights, rightNames } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { ReplayComputer, Replayed } from './replay-pages.ts';

export interface ReplayParts {
  draft: Policy;
  /** What holds now; null: nothing, so that everything the draft denies is newly blocked. */
  current: Policy | null;
  /** As it is now: the register and the approvals of all computers. */
  standing: Standing | null;
  /** Milliseconds since 1970; events before it are left out. */
  since: number;
  /** Events from this time on are left out, too; absent: none. */
  until?: number;
}

/** A right that the draft decides otherwise than what holds now. */
export interface Difference {
  right: RightName;
  blocked: boolean;
  rule: string;
}

/** What one event comes to. */
export interface JudgedEvent {
  device: DeviceFacts;
  /** `deviceKey` of it. */
  key: string;
  differences: Difference[];
}

/** `enforced`: as both policies are in force. `as-if-enforced`: the draft only reports, so both are taken as if they enforced. */
export function basisOf({ draft }: Pick<ReplayParts, 'draft'>): 'enforced' | 'as-if-enforced' {
  return draft.mode === 'enforce' ? 'enforced' : 'as-if-enforced';
}

/**
 * What one event comes to, without any memory: the law the replay is held to.
 * @param decide how it is decided; the brief way and the full one agree
 */
export function judgeEvent(
  event: Replayed,
  computer: ReplayComputer | undefined,
  parts: ReplayParts,
  decide: typeof decideBriefly = decideBriefly,
): JudgedEvent {
  const { draft, current, standing } = parts;
  const facts = factsOf(event, computer);
  const own = standing && {
    ...standing,
    approvals: standing.approvals.filter((one) => isFor(one.computerId, computer)),
  };
  const at = Date.parse(event.at);
  const side = (policy: Policy | null) => decide(policy && { policy, version: 0 }, facts, own, at);
  const [before, after] = [side(current), side(draft)];
  const enforced = basisOf(parts) === 'enforced';
  const rightsOf = ({ rights, wouldHave }: ReturnType<typeof decide>): Rights =>
    enforced ? rights : (wouldHave ?? rights);
  const differences = rightNames
    .filter((right) => rightsOf(before)[right] !== rightsOf(after)[right])
    .map((right) => ({
      right,
      blocked: rightsOf(after)[right] === 'deny',
      rule: after.decidedBy?.[right] ?? after.ruleId,
    }));
  const { device } = event.data;
  return { device, key: deviceKey(device), differences };
}

function isFor(computerId: string | undefined, computer: ReplayComputer | undefined): boolean {
  return computerId === undefined || computerId === computer?.id;
}

function factsOf(event: Replayed, computer: ReplayComputer | undefined): Facts {
  const user = event.actor?.user;
  return {
    device: event.data.device,
    ...(event.kind === 'media.mounted' && { volume: event.data.volume }),
    ...(user !== undefined && { user: { name: user } }),
    ...(computer && { computer }),
  };
}
