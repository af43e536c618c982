import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { Severity } from '#shared/policy/words.ts';
import type { AlertHistoryTable } from '../store/tables.ts';

/** The computer that a record is about. */
export interface RecordComputer {
  id: string;
  hostname: string;
}

/** One thing that leaves the collector, before it has a format. */
export type ExportRecord = EventRecord | AlertRecord | TestRecord;

interface Common {
  /** The same whenever the record is sent again, so that a receiver can pass over what it has. At most 80 characters. */
  uid: string;
}

export interface EventRecord extends Common {
  type: 'event';
  computer: RecordComputer;
  /** The collector's clock, milliseconds since 1970. */
  receivedAt: number;
  event: PortcullisEvent;
}

/** A step in the life of an alert, with the alert as it is now. Notes of people are not part of it. */
export interface AlertRecord extends Common {
  type: 'alert';
  computer: RecordComputer;
  step: AlertHistoryTable['action'];
  at: number;
  alert: ExportedAlert;
}

export interface ExportedAlert {
  id: string;
  ruleId: string;
  title: string;
  severity: Severity;
  clause: string;
  kind: string;
  state: 'open' | 'acknowledged' | 'closed';
  count: number;
  firstAt: number;
  lastAt: number;
  openedAt: number;
  policyVersion: number;
  outcome: string | null;
  device: string | null;
  /** Uids of the first events that raised it. */
  events: readonly string[];
}

/** Sent when somebody asks whether a destination takes anything. */
export interface TestRecord extends Common {
  type: 'test';
  at: number;
}

/** What every format says of the sender. */
export interface Sender {
  organisation: string;
  version: string;
}

export function eventUid(computerId: string, seq: number): string {
  return `${computerId}/${seq}`;
}

/** Milliseconds since 1970: when it happened, by the clock of whoever saw it. */
export function timeOf(record: ExportRecord): number {
  return record.type === 'event' ? Date.parse(record.event.at) : record.at;
}

/** What it is, in one word: the kind of event, `alert.opened`, `export.test`. */
export function actionOf(record: ExportRecord): string {
  switch (record.type) {
    case 'event':
      return record.event.kind;
    case 'alert':
      return `alert.${record.step}`;
    case 'test':
      return 'export.test';
  }
}

/** What weighs by itself, whatever a rule says. */
const heavyKinds: Partial<Record<EventKind, Severity>> = {
  'agent.tampered': 'high',
  'events.lost': 'medium',
  'identifiers.bulk-reached': 'high',
  'code.refused': 'medium',
  'code.redeemed': 'low',
};

/** Of an event: what the rule says that decided, or what its kind weighs by itself. */
export function severityOf(record: ExportRecord): Severity {
  switch (record.type) {
    case 'event':
      return record.event.decision?.severity ?? heavyKinds[record.event.kind] ?? 'info';
    case 'alert':
      return record.alert.severity;
    case 'test':
      return 'info';
  }
}

/** What was carried out, in one word. `observed`: the policy only reports, and would have denied something. */
export type Verdict = 'allowed' | 'denied' | 'observed' | 'failed';

export function verdictOf({ decision, outcome }: PortcullisEvent): Verdict | undefined {
  if (!decision) return undefined;
  const denies = (rights: typeof decision.rights | undefined) => Object.values(rights ?? {}).includes('deny');
  if (!denies(decision.rights)) return denies(decision.wouldHave) ? 'observed' : 'allowed';
  return outcome?.state === 'failed' || outcome?.state === 'unsupported' ? 'failed' : 'denied';
}
