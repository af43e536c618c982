import { type DeviceClass, type DeviceFacts, deviceClasses } from '../device/facts.ts';
import { permissionKinds } from './approvers.ts';
import type { When } from './conditions.ts';
import { evaluate } from './evaluate.ts';
import { conditionsOf, type LintFinding } from './lint-finding.ts';
import { lockedOut, lockOutOf } from './lock-out.ts';
import type { Policy } from './schema.ts';
import { isFalse } from './truth.ts';
import { aboutOf, isOnFloor } from './voices.ts';

export function lockOuts(policy: Policy, devices: readonly DeviceFacts[]): LintFinding[] {
  const whole = lockedOut(policy);
  if (whole) {
    const { ruleId, says, mend } = whole;
    return [{ level: 'error', check: 'locks-out', ruleId, says, mend }];
  }
  const risky = devices.filter(isNeeded).flatMap((device) => {
    const out = lockOutOf(policy, device);
    return out ? [{ device, out }] : [];
  });
  const byRule = Map.groupBy(risky, ({ out }) => out.name);
  return [...noKeyboardLeft(devices, risky), ...[...byRule].map(([name, list]) => riskOf(name, list))];
}

interface Risky {
  device: DeviceFacts;
  out: NonNullable<ReturnType<typeof lockOutOf>>;
}

function riskOf(name: string, list: readonly Risky[]): LintFinding {
  const ruleId = list[0]?.out.ruleId;
  const classes = [...new Set(list.map(({ device }) => device.class))].join(', ');
  const says = `${name} would deny ${list.length} connected ${list.length === 1 ? 'device' : 'devices'} that people type with, sign in with or reach the network by (${classes}).`;
  const mend = 'Leave them out of it, or make sure that these devices may be denied.';
  return { level: 'warning', check: 'locks-out', ruleId, says, mend };
}

/** The safety floor would keep them all the same; a policy that means this was not thought through. */
function noKeyboardLeft(devices: readonly DeviceFacts[], risky: readonly Risky[]): LintFinding[] {
  const keyboards = devices.filter(isKeyboard);
  const denied = risky.filter(({ device }) => isKeyboard(device));
  if (keyboards.length === 0 || denied.length < keyboards.length) return [];
  const rules = [...new Set(denied.map(({ out }) => out.name))].join(', ');
  const says = `${rules} would deny every keyboard that is connected today (${keyboards.length}).`;
  const mend = 'Leave keyboards out of it.';
  return [{ level: 'error', check: 'locks-out', ruleId: denied[0]?.out.ruleId, says, mend }];
}

function isKeyboard({ class: deviceClass, interfaces }: DeviceFacts): boolean {
  return deviceClass === 'hid' && interfaces.some(isKeys);
}

const isKeys = (one: string) => one.startsWith('03:01:01');

/** Whether staff could be locked out without it. A composite device may be a keyboard whatever its class is. */
function isNeeded({ class: deviceClass, interfaces }: DeviceFacts): boolean {
  const needed: DeviceClass[] = ['hid', 'hub', 'smartcard', 'network'];
  return needed.includes(deviceClass) || interfaces.some(isKeys);
}

export function classesWithoutRule(policy: Policy): LintFinding[] {
  const without = deviceClasses.filter(
    (deviceClass) => !isOnFloor(policy, deviceClass) && !hasRule(policy, deviceClass),
  );
  if (without.length === 0 || (policy.rules ?? []).length === 0) return [];
  const says = `No rule speaks of class ${without.join(', ')}; only the defaults hold.`;
  return [{ level: 'info', check: 'class-without-rule', says, mend: 'Nothing need be done if that is meant.' }];
}

/** Whether a rule could match some device of the class. */
function hasRule(policy: Policy, deviceClass: DeviceClass): boolean {
  // Of such a device nothing is known but its class; its bus is unknown too.
  const device: DeviceFacts = { class: deviceClass, bus: 'unknown', serialTrust: 'device', interfaces: [] };
  const subject = aboutOf(policy, { device }, null, undefined);
  return (policy.rules ?? []).some(({ when }) => !isFalse(evaluate(withoutInterfaces(when), subject)));
}

/** The condition without its demands on interfaces, of which this device has none to show. */
function withoutInterfaces(when: When): When {
  const { device, all, any, not, ...parts } = when;
  const { interfaces: _interfaces, ...rest } = device ?? {};
  return {
    ...parts,
    ...(Object.keys(rest).length > 0 && { device: rest }),
    ...(all && { all: all.map(withoutInterfaces) }),
    ...(any && { any: any.map(withoutInterfaces) }),
    ...(not && { not: withoutInterfaces(not) }),
  };
}

export function permittedByNobody({ approvers = {} }: Policy): LintFinding[] {
  const missing = permissionKinds.filter((kind) => !approvers[kind]);
  if (missing.length === 0) return [];
  const says = `Nobody can permit: ${missing.join(', ')}.`;
  return [
    { level: 'info', check: 'nobody-permits', says, mend: 'Name who decides under `approvers`, if anybody may.' },
  ];
}

export function unusedLists({ lists = {}, rules = [] }: Policy): LintFinding[] {
  const used = new Set(
    rules.flatMap(({ when }) => conditionsOf(when).flatMap(({ device }) => [device?.in ?? []].flat())),
  );
  const unused = Object.keys(lists).filter((name) => !used.has(name));
  if (unused.length === 0) return [];
  const says = `No rule asks for the list ${unused.join(', ')}.`;
  return [{ level: 'info', check: 'unused-list', says, mend: 'Use it in a rule, or take it out.' }];
}
