import type { DeviceClass, DeviceFacts } from '../device/facts.ts';
import { rightNames } from './decision.ts';
import type { Path } from './fault.ts';
import type { Policy } from './schema.ts';
import { aboutOf, builtInFloor, classDefault, heard, lookAt, rightsOf } from './voices.ts';

export interface LockOut {
  path: Path;
  ruleId: string;
  says: string;
  mend: string;
}

const needed: Partial<Record<DeviceClass, string>> = {
  hid: 'keyboard',
  hub: 'USB hub',
  smartcard: 'smart-card reader',
};

/** What every device of a class has in common; all else about it is not known. */
const examples: DeviceFacts[] = builtInFloor.map((deviceClass) => ({
  class: deviceClass,
  bus: 'usb',
  serialTrust: 'blank',
  interfaces: deviceClass === 'hid' ? ['03:01:01'] : deviceClass === 'hub' ? ['09:00:00'] : ['0b:00:00'],
}));

/**
 * The first thing by which a policy would deny every keyboard, hub or smart-card reader if it were not for the safety
 * floor. The engine ignores it there, and yet a policy that means it is refused: it was not thought through.
 */
export function lockedOut(policy: Policy): LockOut | undefined {
  for (const device of examples) {
    const found = lockOutOf(policy, device);
    if (!found) continue;
    const says = `${found.name} would deny every ${needed[device.class] ?? device.class}.`;
    const mend = 'Name the classes it is for, or add `not: { device: { class: [hid, hub, smartcard] } }`.';
    return { path: found.path, ruleId: found.ruleId, says, mend };
  }
  return undefined;
}

/** The rule or default that would deny a right of the device if there were no floor, report-only mode or not. */
export function lockOutOf(policy: Policy, device: DeviceFacts) {
  const subject = aboutOf(policy, { device }, null, undefined);
  const last = classDefault(policy, device.class);
  const looks = lookAt(policy.rules ?? [], subject);
  const settled = heard(
    looks.flatMap(({ voice }) => voice ?? []),
    last,
  );
  const rights = rightsOf(settled);
  const denied = rightNames.find((right) => rights[right] === 'deny');
  if (denied === undefined) return undefined;
  const { rule, ruleId } = settled[denied];
  const path: Path = rule
    ? ['rules', (policy.rules ?? []).indexOf(rule)]
    : ['devices', 'defaults', device.class, 'rights', denied];
  return { ruleId, path, denied, name: rule ? `Rule "${ruleId}"` : `The default of class ${device.class}` };
}
