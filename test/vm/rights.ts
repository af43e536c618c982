import type { DeviceClass } from '#shared/device/facts.ts';
import type { Rights } from '#shared/policy/decision.ts';
import type { ProfileName } from '../../collector/home.ts';

export const everything: Rights = { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' };
const charging: Rights = { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' };
const none: Rights = { ...charging, connect: 'deny' };
const reading: Rights = { ...charging, read: 'allow' };
const own: Readonly<Record<ProfileName, Partial<Record<DeviceClass, Rights>>>> = {
  focus: { optical: reading, audio: reading },
  ccg: { optical: reading, audio: { ...everything, execute: 'deny' } },
};
const harmless: readonly DeviceClass[] = ['hid', 'hub', 'smartcard', 'network'];

/** What the profile's own words come to for a device nobody registered. */
export function rightsOf(profile: ProfileName, deviceClass: DeviceClass, isRefused = false): Rights {
  if (isRefused) return none;
  return own[profile][deviceClass] ?? (harmless.includes(deviceClass) ? everything : charging);
}
