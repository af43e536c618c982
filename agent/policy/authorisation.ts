import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import type { Actor } from '#shared/events/event.ts';
import type { Authorisation } from '#shared/events/finding.ts';
import { type About, about } from '#shared/policy/about.ts';
import type { When } from '#shared/policy/conditions.ts';
import { evaluate, isDevice } from '#shared/policy/evaluate.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Approval, Standing } from '#shared/policy/standing.ts';
import { isTrue } from '#shared/policy/truth.ts';

/** Data of people that was put somewhere. */
export interface DataMove {
  /** `transfer`: it left the computer. `local-data`: it lies on it. */
  kind: 'transfer' | 'local-data';
  computerId: string;
  device?: DeviceFacts;
  volume?: VolumeFacts;
  actor?: Actor;
}

const encrypted: When = { volume: { encryption: 'encrypted', method: 'accepted' } };

/** Whether an approval of this moment covers it. Whatever is not known covers nothing. Pure. */
export function authorisationOf(
  move: DataMove,
  standing: Standing | null,
  policy: Policy | undefined,
  now: number,
): { authorisation: Authorisation; approval?: string } {
  if (standing === null) return { authorisation: 'unknown' };
  const found = standing.approvals.find((approval) => covers(approval, move, standing, policy, now));
  return found ? { authorisation: 'approved', approval: found.id } : { authorisation: 'none' };
}

function covers(
  approval: Approval,
  move: DataMove,
  standing: Standing,
  policy: Policy | undefined,
  now: number,
): boolean {
  const { kind, computerId, user, from, to } = approval;
  if (kind !== move.kind || now < Date.parse(from) || now >= Date.parse(to)) return false;
  if (computerId !== undefined && computerId !== move.computerId) return false;
  if (user !== undefined && user.toLowerCase() !== move.actor?.user?.toLowerCase()) return false;
  return kind === 'local-data' || coversMedium(approval, move, standing, policy, now);
}

function coversMedium(
  { device: meant, encrypted: mustBeEncrypted }: Approval,
  { device, volume }: DataMove,
  standing: Standing,
  policy: Policy | undefined,
  now: number,
): boolean {
  if (!meant || !device) return false;
  const acceptedMethods = policy?.encryption.acceptedMethods ?? [];
  const facts = { device, ...(volume && { volume }) };
  const subject: About = about({ facts, standing, now, lists: {}, acceptedMethods });
  return isDevice(meant, subject) === true && (!mustBeEncrypted || isTrue(evaluate(encrypted, subject)));
}
