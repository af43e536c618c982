import type { DeviceMatch, When } from './conditions.ts';
import type { Fault, Path } from './fault.ts';
import { lockedOut } from './lock-out.ts';
import { instantOf } from './london.ts';
import { isAddressRange } from './own-network.ts';
import { isSerialRange } from './pattern.ts';
import type { Rule } from './rule.ts';
import type { Policy } from './schema.ts';

/** What a fragment of a policy and a whole one have in common. */
export type RuleBook = Pick<Policy, 'lists' | 'rules'>;

/** Faults a schema cannot see, in the order of the document: names that lead nowhere, times that cannot be. */
export function* policyFaults(policy: Policy): Generator<Fault> {
  yield* clauseFaults(policy);
  yield* ruleBookFaults(policy);
  yield* networkFaults(policy);
  const locked = lockedOut(policy);
  if (locked) yield { path: locked.path, says: `${locked.says} ${locked.mend}` };
}

function* clauseFaults(policy: Policy): Generator<Fault> {
  const used: [Path, string | undefined][] = [
    [['monitoringClause'], policy.monitoringClause],
    ...Object.entries(policy.devices.defaults).map(([name, { clause }]): [Path, string | undefined] => [
      ['devices', 'defaults', name, 'clause'],
      clause,
    ]),
    ...(policy.rules ?? []).map(({ clause }, index): [Path, string | undefined] => [
      ['rules', index, 'clause'],
      clause,
    ]),
    ...Object.entries(policy.approvers ?? {}).map(([kind, { clause }]): [Path, string | undefined] => [
      ['approvers', kind, 'clause'],
      clause,
    ]),
    ...policy.alerts.map(({ clause }, index): [Path, string | undefined] => [['alerts', index, 'clause'], clause]),
  ];
  for (const [path, clause] of used) {
    if (clause !== undefined && !Object.hasOwn(policy.clauses, clause)) {
      yield { path, says: `clause "${clause}" is not in the policy's list of clauses. Add it under "clauses"` };
    }
  }
}

function* networkFaults({ network }: Policy): Generator<Fault> {
  for (const [index, range] of (network?.addresses ?? []).entries()) {
    const says = 'this is no range of addresses. It looks like 10.20.0.0/16';
    if (!isAddressRange(range)) yield { path: ['network', 'addresses', index], says };
  }
}

export function* ruleBookFaults({ lists = {}, rules = [] }: RuleBook): Generator<Fault> {
  for (const [name, { devices = [] }] of Object.entries(lists)) {
    for (const [index, device] of devices.entries()) yield* deviceFaults(device, ['lists', name, 'devices', index]);
  }
  const known = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const path = ['rules', index];
    if (known.has(rule.id)) yield { path: [...path, 'id'], says: `another rule is already called "${rule.id}"` };
    known.add(rule.id);
    yield* ruleFaults(rule, path, lists);
  }
}

/** Names decisions give to what is no rule, so that no rule may bear them. */
export const reservedIds = /^(default-.*|safety-floor|break-glass|no-policy|failed)$/;

function* ruleFaults(rule: Rule, path: Path, lists: NonNullable<RuleBook['lists']>): Generator<Fault> {
  if (reservedIds.test(rule.id))
    yield { path: [...path, 'id'], says: `"${rule.id}" is a name decisions use; take another` };
  if (rule.expires !== undefined && Number.isNaN(instantOf(rule.expires, 'end'))) {
    yield { path: [...path, 'expires'], says: 'there is no such date or time' };
  }
  for (const { when, path: place } of conditionsOf(rule.when, [...path, 'when'])) {
    if (place.length > deepestPath) yield { path: place, says: 'conditions are nested too deeply here' };
    yield* conditionFaults(when, place, lists);
  }
}

/** Far more than a person can read; keeps the depth of recursion harmless. */
const deepestPath = 64;

function* conditionsOf(when: When, path: Path): Generator<{ when: When; path: Path }> {
  yield { when, path };
  if (path.length > deepestPath) return;
  for (const [index, inner] of (when.all ?? []).entries()) yield* conditionsOf(inner, [...path, 'all', index]);
  for (const [index, inner] of (when.any ?? []).entries()) yield* conditionsOf(inner, [...path, 'any', index]);
  if (when.not) yield* conditionsOf(when.not, [...path, 'not']);
}

function* conditionFaults(when: When, path: Path, lists: NonNullable<RuleBook['lists']>): Generator<Fault> {
  const { device, volume, time } = when;
  if (device) {
    yield* deviceFaults(device, [...path, 'device']);
    const missing = [device.in ?? []].flat().find((name) => !Object.hasOwn(lists, name));
    if (missing !== undefined) {
      yield { path: [...path, 'device', 'in'], says: `there is no list "${missing}". Add it under "lists"` };
    }
  }
  if (isEmptyRange(volume?.sizeBytes)) yield { path: [...path, 'volume', 'sizeBytes'], says: emptyRange };
  if (time) yield* timeFaults(time, [...path, 'time']);
}

const emptyRange = 'no size lies between these ends';
const isEmptyRange = (size: { from?: number; to?: number } | undefined) =>
  size && (size.from ?? 0) > (size.to ?? Infinity);

function* deviceFaults({ serial, sizeBytes }: DeviceMatch, path: Path): Generator<Fault> {
  const ranges = [serial ?? []].flat().filter((one) => typeof one !== 'string');
  if (!ranges.every(isSerialRange)) {
    const says = 'a range of serial numbers has ends of one length, in order, that differ in their last digits only';
    yield { path: [...path, 'serial'], says };
  }
  if (isEmptyRange(sizeBytes)) yield { path: [...path, 'sizeBytes'], says: emptyRange };
}

function* timeFaults({ after, before, from, to }: NonNullable<When['time']>, path: Path): Generator<Fault> {
  if (after !== undefined && after === before) yield { path: [...path, 'before'], says: 'no time lies between these' };
  const start = from === undefined ? Number.NEGATIVE_INFINITY : instantOf(from, 'start');
  const end = to === undefined ? Number.POSITIVE_INFINITY : instantOf(to, 'end');
  if (Number.isNaN(start)) yield { path: [...path, 'from'], says: 'there is no such date or time' };
  if (Number.isNaN(end)) yield { path: [...path, 'to'], says: 'there is no such date or time' };
  if (start >= end) yield { path: [...path, 'to'], says: 'this ends before it begins' };
}
