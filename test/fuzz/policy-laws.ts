import { isDeepStrictEqual } from 'node:util';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { type EventKind, kindDefinition, kindNames, type PortcullisEvent } from '#shared/events/kinds.ts';
import { decide, decideBriefly } from '#shared/policy/decide.ts';
import { Decision, rightNames } from '#shared/policy/decision.ts';
import { evaluate } from '#shared/policy/evaluate.ts';
import type { Facts } from '#shared/policy/facts.ts';
import { lint } from '#shared/policy/lint.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { isTrue } from '#shared/policy/truth.ts';
import { aboutOf, builtInFloor } from '#shared/policy/voices.ts';
import { checker } from '#shared/schema.ts';
import { alertRules } from '../../collector/alerting/rules.ts';
import { holds } from './target.ts';

const now = Date.UTC(2026, 10, 30, 9);
const isDecision = checker(Decision);
const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0951',
  productId: '1666',
  serial: 'EX15',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '1-4',
};
const bare = { bus: 'usb' as const, serialTrust: 'blank' as const, interfaces: [] };
const known: Facts = {
  device: stick,
  volume: { name: 'sdb1', encryption: 'encrypted', method: 'luks2', label: 'A', filesystem: 'ext4' },
  user: { name: 'alex', groups: ['IT'] },
  computer: { id: 'pc-1', portable: true, site: 'Head office', groups: ['Nursing'] },
  network: { onNetwork: true, vpn: false },
};
/** Much is known of the first, and of each further one less. */
export const factsAsked: readonly Facts[] = [
  known,
  { device: stick, volume: { name: 'sdb1', encryption: 'unknown' }, user: {}, computer: {} },
  { device: stick },
  { device: { class: 'phone', ...bare } },
  { device: { class: 'hid', ...bare } },
];
const events = kindNames.map((kind: EventKind) => {
  const event = { seq: 1, at: '2026-11-30T09:00:00.000Z', bootId: 'boot', uptimeMs: 1, kind };
  return { ...event, data: kindDefinition(kind).example } as PortcullisEvent;
});

/** What holds of every policy that is taken. @returns how much of it was shut */
export function policyHolds(policy: Policy): string {
  const again = loadPolicy(JSON.stringify(policy));
  holds(isDeepStrictEqual(again, policy), 'a policy is the same when it is written and read again');
  for (const { says, mend } of lint(policy, { now, devices: [stick] }))
    holds(says.length > 0 && mend.length > 0, 'a finding says what and how to mend it');
  const evaluateAlerts = alertRules(policy);
  for (const event of events) evaluateAlerts(event);
  let denied = 0;
  for (const facts of factsAsked) denied += decisionHolds(policy, facts);
  return denied === 0 ? 'open' : 'shuts something';
}

/** @returns how many rights it denies */
function decisionHolds(policy: Policy, facts: Facts): number {
  const decision = decide({ policy, version: 1 }, facts, null, now);
  const { trace: _trace, leftOut: _leftOut, ...brief } = decision;
  holds(decision.tier !== 'failed', 'every device can be decided');
  isDecision.parse(JSON.parse(JSON.stringify(decision)), 'The decision');
  holds(
    isDeepStrictEqual(decideBriefly({ policy, version: 1 }, facts, null, now), brief),
    'the trace changes no decision',
  );
  const onFloor = builtInFloor.includes(facts.device.class);
  holds(!onFloor || rightNames.every((right) => decision.rights[right] === 'allow'), 'nobody is locked out');
  for (const right of rightNames) permitRestsOnTruth(policy, facts, decision, right);
  return rightNames.filter((right) => decision.wouldHave?.[right] === 'deny').length;
}

/** A right that a rule permits is permitted because its condition is true, whatever is not known. */
function permitRestsOnTruth(
  policy: Policy,
  facts: Facts,
  { wouldHave, decidedBy }: Decision,
  right: (typeof rightNames)[number],
): void {
  if (wouldHave?.[right] !== 'allow') return;
  const rule = policy.rules?.find(({ id }) => id === decidedBy?.[right]);
  if (!rule) return;
  holds(isTrue(evaluate(rule.when, aboutOf(policy, facts, null, now))), 'what is not known permits nothing');
}
