import type { DeviceFacts } from '#shared/device/facts.ts';
import { about } from '#shared/policy/about.ts';
import type { RegisterState } from '#shared/policy/conditions.ts';
import { isRegisteredAs } from '#shared/policy/register.ts';
import type { Standing } from '#shared/policy/standing.ts';

/** Gravest first: one serial number may stand in the register twice. */
const gravest: readonly RegisterState[] = ['lost', 'retired', 'returned', 'expired', 'issued', 'unregistered'];

/** What the media register says of a device; undefined when it is not known or cannot be told. */
export function registerFact(device: DeviceFacts, standing: Standing | null, now: number): RegisterState | undefined {
  const subject = about({ facts: { device }, standing, now, lists: {}, acceptedMethods: [] });
  return gravest.find((state) => isRegisteredAs(state, subject));
}
