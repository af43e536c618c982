import { hash } from 'node:crypto';
import { deviceKey } from '#shared/device/facts.ts';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { AlertRule, Policy, Severity } from '#shared/policy/schema.ts';
import { cleanText } from '#shared/text.ts';

/** One event that calls for someone's attention, and why. */
export interface Finding {
  ruleId: string;
  title: string;
  severity: Severity;
  clause: string;
  recipients: readonly string[];
  tell: 'now' | 'digest';
  /** Kind of the event, or of the collector's own observation. */
  kind: string;
  /** Equal for the same rule, person and thing. */
  group: string;
  /** The name somebody was signed in with, where the event tells. */
  person?: string;
  /** The medium it is about; the key only where it names this one thing on every computer. */
  device?: { key?: string; name: string };
  seq: number | null;
  /** Milliseconds since 1970, by the computer's clock. */
  at: number;
  /** Adds to an alert of its group that is open, however old it is; otherwise only to one of the last day. */
  joins?: 'open';
}

export type Evaluate = (event: PortcullisEvent) => Finding[];

/**
 * What is installed and falls into disfavour is held against the rules for what is installed now: it is the same
 * breach of the same clause, and policies that were signed before this event existed are good for it, too.
 */
const heldAgainst: Partial<Record<EventKind, EventKind>> = { 'software.decided': 'software.installed' };

/** Makes the profile's alert table ready to be applied to many events. Pure, and no state but the table. */
export function alertRules(policy: Policy): Evaluate {
  const byKind = new Map<EventKind, PreparedRule[]>();
  for (const rule of policy.alerts) byKind.set(rule.on, [...(byKind.get(rule.on) ?? []), prepared(rule)]);
  return (event) => {
    const other = heldAgainst[event.kind];
    const rules = [...(byKind.get(event.kind) ?? []), ...((other && byKind.get(other)) ?? [])];
    return rules.filter(({ applies }) => applies(event)).map(({ rule }) => finding(rule, event));
  };
}

type Test = (event: PortcullisEvent) => boolean;
interface PreparedRule {
  rule: AlertRule;
  applies: Test;
}

/** Paths are taken apart here, once, and not at every event. */
function prepared(rule: AlertRule): PreparedRule {
  const where = all(rule.where ?? {});
  const unless = rule.unless && all(rule.unless);
  return { rule, applies: (event) => where(event) && !unless?.(event) };
}

function all(conditions: NonNullable<AlertRule['where']>): Test {
  const tests = Object.entries(conditions).map(([path, expected]): Test => {
    const steps = path.split('.');
    const wanted = new Set<unknown>(Array.isArray(expected) ? expected : [expected]);
    return (event) => leadsTo(event, steps, 0, wanted);
  });
  return (event) => tests.every((holds) => holds(event));
}

/** Whether a dotted path leads to a wanted value; in a list, whether it does in any of its members. */
function leadsTo(value: unknown, steps: readonly string[], from: number, wanted: ReadonlySet<unknown>): boolean {
  if (Array.isArray(value)) return value.some((member) => leadsTo(member, steps, from, wanted));
  const step = steps[from];
  if (step === undefined) return wanted.has(value);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
  return leadsTo((value as Record<string, unknown>)[step], steps, from + 1, wanted);
}

function finding(rule: AlertRule, event: PortcullisEvent): Finding {
  const { id, title, severity, clause, recipients, tell } = rule;
  const group = hash('sha256', JSON.stringify([id, event.actor?.user ?? event.actor?.uid ?? null, subjectOf(event)]));
  return {
    ruleId: id,
    title,
    severity,
    clause,
    recipients,
    tell,
    kind: event.kind,
    group,
    seq: event.seq,
    at: Date.parse(event.at),
    ...(event.actor?.user !== undefined && { person: event.actor.user }),
    ...deviceOf(event),
    ...(event.kind === 'software.decided' && { joins: 'open' }),
  };
}

function deviceOf({ data }: PortcullisEvent): Pick<Finding, 'device'> {
  if (!('device' in data) || data.device === undefined) return {};
  const { device } = data;
  const named = [device.vendor, device.product].filter(Boolean).join(' ') || device.class;
  if (device.serialTrust !== 'device' || device.serial === undefined) return { device: { name: cleanText(named) } };
  return { device: { key: deviceKey(device), name: cleanText(`${named} …${device.serial.slice(-4)}`) } };
}

/** The thing an event is about, in words that stay the same from event to event. */
function subjectOf(event: PortcullisEvent): string {
  switch (event.kind) {
    case 'media.attached':
    case 'media.changed':
    case 'media.mounted':
    case 'media.unmounted':
    case 'media.removed':
    case 'media.decided':
    case 'media.scanned':
    case 'media.file-written':
    case 'media.file-inspected':
    case 'media.file-not-inspected':
    case 'media.file-renamed':
    case 'media.file-deleted':
    case 'media.session':
      return deviceKey(event.data.device);
    case 'identifiers.bulk-reached':
      return event.data.device ? deviceKey(event.data.device) : event.data.place;
    case 'drive.encryption-changed':
    case 'drive.removed':
      return event.data.drive.name;
    case 'document.saved':
    case 'document.inspected':
      return event.data.place;
    case 'software.installed':
    case 'software.updated':
    case 'software.decided':
    case 'software.removed':
      return `${event.data.software.source}:${event.data.software.name}`;
    case 'software.listed':
      return event.data.source;
    case 'posture.changed':
      return event.data.posture.item;
    case 'agent.condition-changed':
      return event.data.condition;
    case 'agent.tampered':
      return event.data.what;
    case 'code.redeemed':
    case 'code.ended':
      return event.data.challenge;
    case 'agent.update-failed':
      return event.data.version;
    case 'code.refused':
    case 'agent.started':
    case 'agent.updated':
    case 'agent.stopped':
    case 'agent.coverage-changed':
    case 'documents.swept':
    case 'inventory.recorded':
    case 'events.lost':
      return '';
  }
}
