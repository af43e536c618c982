import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type EventData,
  type EventKind,
  eventCheckers,
  kindDefinition,
  type PortcullisEvent,
} from '#shared/events/kinds.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { alertRules } from '../../../collector/alerting/rules.ts';
import { findingCases } from './finding-cases.ts';

const profile = (name: string) =>
  loadPolicy(readFileSync(new URL(`../../../shared/policy/profiles/${name}.yaml`, import.meta.url), 'utf8'));
const policies = { focus: profile('focus'), ccg: profile('ccg') };

/** The example of a kind with some facts made others; checked, so that no test rests on an event that cannot be. */
function event<K extends EventKind>(kind: K, change: object, actor?: PortcullisEvent['actor']): PortcullisEvent {
  const data = merged(kindDefinition(kind).example, change) as EventData<K>;
  const made = {
    seq: 1,
    at: '2026-11-21T09:00:00.000Z',
    bootId: 'boot',
    uptimeMs: 1,
    kind,
    data,
    ...(actor && { actor }),
  };
  return eventCheckers()(kind).parse(made, 'The event');
}
function merged(base: unknown, change: unknown): unknown {
  if (!isRecord(base) || !isRecord(change)) return change;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, merged(base[key], value)])),
  };
}
/** The event with a decision that these rules of the policy made. */
function decided(one: PortcullisEvent, decidedBy: object | undefined): PortcullisEvent {
  if (!decidedBy) return one;
  const rules = { connect: 'none', read: 'none', write: 'none', execute: 'none', ...decidedBy };
  return { ...one, decision: { decidedBy: rules } } as PortcullisEvent;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What raises each alert, and what is nearly that and does not. Where the profiles differ, `in` says whose it is. */
interface Case {
  rule: string;
  kind: EventKind;
  raises: object;
  not: object;
  in?: 'ccg';
  /** The rules of the policy that decided, where the alert looks at them. */
  decidedBy?: { raises: object; not: object };
}
const sealed = { name: 'sdb1', encryption: 'encrypted' };
const cases: Case[] = [
  ...findingCases,
  {
    rule: 'media-inserted',
    kind: 'media.attached',
    raises: { device: { class: 'usb-storage' } },
    not: { device: { class: 'hid' } },
  },
  {
    rule: 'media-phone-or-audio',
    kind: 'media.attached',
    raises: { device: { class: 'phone' } },
    not: { device: { class: 'printer' } },
  },
  {
    rule: 'media-unencrypted',
    kind: 'media.mounted',
    raises: { volume: { encryption: 'plain' } },
    not: { volume: { encryption: 'encrypted' } },
  },
  {
    rule: 'media-unencrypted',
    kind: 'media.mounted',
    raises: { volume: { encryption: 'suspended' } },
    not: { volume: { encryption: 'locked' } },
  },
  {
    rule: 'media-encryption-unknown',
    kind: 'media.mounted',
    raises: { volume: { encryption: 'unknown' } },
    not: { volume: { encryption: 'encrypted' } },
  },
  {
    rule: 'drive-unencrypted',
    kind: 'drive.encryption-changed',
    raises: { drive: { encryption: 'plain' } },
    not: { drive: { encryption: 'plain', use: 'swap' } },
  },
  {
    rule: 'drive-unencrypted',
    kind: 'drive.encryption-changed',
    raises: { drive: { encryption: 'suspended' } },
    not: { drive: { encryption: 'suspended' }, authorisation: 'approved', approval: 'E-7' },
  },
  {
    rule: 'swap-unencrypted',
    kind: 'drive.encryption-changed',
    raises: { drive: { encryption: 'plain', use: 'swap' } },
    not: { drive: { encryption: 'encrypted', use: 'swap' } },
  },
  {
    rule: 'swap-unencrypted',
    kind: 'drive.encryption-changed',
    raises: { drive: { encryption: 'plain', use: 'swap' } },
    not: { drive: { encryption: 'plain', use: 'swap' }, authorisation: 'approved', approval: 'E-7' },
  },
  {
    rule: 'drive-encryption-unknown',
    kind: 'drive.encryption-changed',
    raises: { drive: { encryption: 'unknown' } },
    not: { drive: { encryption: 'encrypted' } },
  },
  { rule: 'document-saved-locally', kind: 'document.saved', raises: { place: 'desktop' }, not: { place: 'shared' } },
  {
    rule: 'document-saved-locally',
    kind: 'document.saved',
    raises: { place: 'personal-network' },
    not: { place: 'removable' },
    in: 'ccg',
  },
  {
    rule: 'document-in-cloud-folder',
    kind: 'document.saved',
    raises: { place: 'cloud-sync' },
    not: { place: 'documents' },
  },
  {
    rule: 'software-unapproved',
    kind: 'software.installed',
    raises: { approval: 'unapproved' },
    not: { approval: 'approved' },
  },
  {
    rule: 'software-unapproved',
    kind: 'software.installed',
    raises: { approval: 'unapproved', because: 'tolerance-over' },
    not: { approval: 'unapproved', because: 'disallowed' },
  },
  ...(['disallowed', 'unsupported'] as const).map((because) => ({
    rule: 'software-disallowed',
    kind: 'software.installed' as const,
    raises: { approval: 'unapproved', because },
    not: { approval: 'unapproved', because: 'list' },
  })),
  {
    rule: 'antivirus-off',
    kind: 'posture.changed',
    raises: { posture: { item: 'antivirus', state: 'bad' } },
    not: { posture: { item: 'antivirus', state: 'unknown' } },
  },
  {
    rule: 'screen-lock-off',
    kind: 'posture.changed',
    raises: { posture: { item: 'screen-lock', state: 'bad' } },
    not: { posture: { item: 'screen-lock', state: 'good' } },
  },
  {
    rule: 'system-out-of-support',
    kind: 'posture.changed',
    raises: { posture: { item: 'os-support', state: 'bad' } },
    not: { posture: { item: 'os-support', state: 'good' } },
  },
  {
    rule: 'firewall-off',
    kind: 'posture.changed',
    raises: { posture: { item: 'firewall', state: 'bad' } },
    not: { posture: { item: 'firewall', state: 'good' } },
  },
  ...(['spool', 'service', 'agent-files', 'clock'] as const).map((what) => ({
    rule: 'agent-tampered',
    kind: 'agent.tampered' as const,
    raises: { what: 'policy-file' },
    not: { what },
  })),
  { rule: 'agent-files-changed', kind: 'agent.tampered', raises: { what: 'agent-files' }, not: { what: 'spool' } },
  { rule: 'agent-stopped-by-hand', kind: 'agent.tampered', raises: { what: 'service' }, not: { what: 'clock' } },
  { rule: 'unsent-events-removed', kind: 'agent.tampered', raises: { what: 'spool' }, not: { what: 'service' } },
  { rule: 'clock-moved', kind: 'agent.tampered', raises: { what: 'clock' }, not: { what: 'enforcement' } },
  { rule: 'agent-update-failed', kind: 'agent.update-failed', raises: {}, not: {} },
  {
    rule: 'agent-ended-uncleanly',
    kind: 'agent.started',
    raises: { previousRun: 'unclean' },
    not: { previousRun: 'first' },
  },
  {
    rule: 'agent-condition',
    kind: 'agent.condition-changed',
    raises: { condition: 'watcher-failed', raised: true },
    not: { condition: 'watcher-failed', raised: false },
  },
  {
    rule: 'agent-condition',
    kind: 'agent.condition-changed',
    raises: { condition: 'policy-expired', raised: true },
    not: { condition: 'clock-differs', raised: true },
  },
  { rule: 'events-lost', kind: 'events.lost', raises: {}, not: {} },
  {
    rule: 'media-lost-while-plugged',
    kind: 'media.decided',
    raises: { register: 'lost' },
    not: { register: 'issued' },
  },
  {
    rule: 'media-withdrawn-while-plugged',
    kind: 'media.decided',
    raises: { register: 'expired' },
    not: { register: 'lost' },
  },
  ...(['media.attached', 'media.changed'] as const).map((kind) => ({
    rule: kind === 'media.attached' ? 'issued-unencrypted-when-attached' : 'issued-unencrypted',
    kind,
    raises: { register: 'issued', volumes: [sealed, { ...sealed, name: 'sdb2', encryption: 'plain' }] },
    not: { register: 'issued', volumes: [sealed, { ...sealed, name: 'sdb2', encryption: 'locked' }] },
  })),
  {
    rule: 'issued-unencrypted',
    kind: 'media.changed',
    raises: { register: 'issued', volumes: [{ ...sealed, encryption: 'suspended' }] },
    not: { register: 'unregistered', volumes: [{ ...sealed, encryption: 'suspended' }] },
  },
  { rule: 'media-not-scanned', kind: 'media.scanned', raises: { result: 'not-scanned' }, not: { result: 'clean' } },
  { rule: 'media-infected', kind: 'media.scanned', raises: { result: 'infected' }, not: { result: 'clean' } },
  { rule: 'break-glass', kind: 'code.redeemed', raises: { scope: 'computer' }, not: { scope: 'device' } },
  { rule: 'break-glass-over', kind: 'code.ended', raises: { scope: 'computer' }, not: { scope: 'device' } },
  { rule: 'code-redeemed', kind: 'code.redeemed', raises: { scope: 'device' }, not: { scope: 'computer' } },
  { rule: 'code-refused', kind: 'code.refused', raises: {}, not: {} },
  ...(
    [
      ['media-issued', 'connect', 'issued-media', 'lost-media'],
      ['media-lost', 'connect', 'lost-media', 'issued-media'],
      ['media-withdrawn', 'read', 'withdrawn-media', 'issued-media'],
      ['media-with-keyboard', 'connect', 'storage-with-keyboard', 'issued-media'],
    ] as const
  ).map(([rule, right, raising, other]) => ({
    rule,
    kind: 'media.attached' as const,
    raises: {},
    not: {},
    decidedBy: { raises: { [right]: raising }, not: { [right]: other } },
  })),
];

describe.each(['focus', 'ccg'] as const)('under profile %s', (name) => {
  const policy = policies[name];
  const evaluate = alertRules(policy);
  const rulesFor = (one: PortcullisEvent) => evaluate(one).map(({ ruleId }) => ruleId);
  const here = cases.filter((one) => one.in === undefined || one.in === name);

  it.each(here)('$rule is raised by $kind $raises and not by $not', ({ rule, kind, raises, not, decidedBy }) => {
    expect(rulesFor(decided(event(kind, raises), decidedBy?.raises))).toContain(rule);
    const hasNearMiss = Object.keys(not).length > 0 || decidedBy !== undefined;
    if (hasNearMiss) expect(rulesFor(decided(event(kind, not), decidedBy?.not))).not.toContain(rule);
  });

  it('no alert of the profile is without a case', () => {
    const covered = new Set(cases.map(({ rule }) => rule));
    expect(policy.alerts.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual([]);
  });

  it.each(['list', 'disallowed', 'tolerance-over', 'unsupported'] as const)(
    'what is installed and comes to be unapproved (%s) raises what its installation would',
    (because) => {
      const data = { approval: 'unapproved', because };
      const [installed, decidedAnew] = [event('software.installed', data), event('software.decided', data)];
      const found = evaluate(installed).map((one) => ({ ...one, kind: 'software.decided', joins: 'open' }));
      expect(found).toHaveLength(1);
      expect(evaluate(decidedAnew)).toEqual(found);
      expect(evaluate(event('software.decided', { approval: 'approved', because: 'register' }))).toEqual([]);
    },
  );

  it('every finding says what its rule says', () => {
    for (const { rule, kind, raises, decidedBy } of here) {
      const found = evaluate(decided(event(kind, raises), decidedBy?.raises)).find(({ ruleId }) => ruleId === rule);
      const { title, severity, clause, recipients, tell } = policy.alerts.find(({ id }) => id === rule) ?? {};
      expect(found).toMatchObject({ title, severity, clause, recipients, tell, kind, seq: 1 });
    }
  });
});

describe('what belongs together', () => {
  const evaluate = alertRules(policies.focus);
  const group = (one: PortcullisEvent) => evaluate(one)[0]?.group;
  const saved = (place: string, user: string) => event('document.saved', { place }, { user });

  it('is the same rule, person and thing', () => {
    expect(group(saved('desktop', 'nurse'))).toBe(group(saved('desktop', 'nurse')));
  });
  it.each([
    ['another person', saved('desktop', 'doctor')],
    ['another place', saved('downloads', 'nurse')],
    ['another rule', saved('cloud-sync', 'nurse')],
    ['nobody known', event('document.saved', { place: 'desktop' })],
  ])('is not with %s', (_what, other) => {
    expect(group(other)).toBeDefined();
    expect(group(other)).not.toBe(group(saved('desktop', 'nurse')));
  });
});
