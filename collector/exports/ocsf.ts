import { type EventKind, type EventOf, kindDefinition } from '#shared/events/kinds.ts';
import type { Severity } from '#shared/policy/words.ts';
import { compact } from './compact.ts';
import { minimised } from './minimise.ts';
import { ocsfByKind } from './ocsf-kinds.ts';
import { type OcsfPart, ocsfClasses } from './ocsf-parts.ts';
import {
  type AlertRecord,
  actionOf,
  type EventRecord,
  type ExportRecord,
  type RecordComputer,
  type Sender,
  severityOf,
  timeOf,
  type Verdict,
  verdictOf,
} from './record.ts';

/** The released version of the schema that records are of. */
export const ocsfVersion = '1.8.0';

const severityIds: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };

/** One record as JSON of the Open Cybersecurity Schema Framework. Pure. */
export function ocsfLine(record: ExportRecord, sender: Sender): string {
  return JSON.stringify(ocsfRecord(record, sender));
}

export function ocsfRecord(record: ExportRecord, sender: Sender): { [name: string]: unknown } {
  const part = partOf(record);
  const { id, category } = ocsfClasses[part.class];
  const profiles = [
    ...(part.needsHostProfile ? ['host'] : []),
    ...('action_id' in part.facts ? ['security_control'] : []),
  ];
  return compact({
    class_uid: id,
    category_uid: category,
    activity_id: part.activity,
    activity_name: part.activityName,
    type_uid: id * 100 + part.activity,
    severity_id: severityIds[severityOf(record)],
    time: timeOf(record),
    message: part.message,
    metadata: {
      version: ocsfVersion,
      uid: record.uid,
      event_code: actionOf(record),
      log_name: 'portcullis',
      tenant_uid: sender.organisation,
      product: { name: 'Portcullis', vendor_name: 'Portcullis', version: sender.version },
      profiles,
      ...(record.type === 'event' && {
        original_time: record.event.at,
        logged_time: record.receivedAt,
        sequence: record.event.seq,
      }),
    },
    ...(record.type !== 'test' && { device: deviceOf(record.computer, sender) }),
    ...part.facts,
  });
}

function deviceOf({ id, hostname }: RecordComputer, { organisation }: Sender) {
  return { uid: id, hostname, type_id: 0, org: { name: organisation } };
}

function partOf(record: ExportRecord): OcsfPart {
  switch (record.type) {
    case 'event':
      return eventPart(record);
    case 'alert':
      return alertPart(record);
    case 'test':
      return {
        class: 'application-lifecycle',
        activity: 99,
        activityName: 'Test',
        message: 'A test of this destination.',
        facts: { app: { name: 'Portcullis', vendor_name: 'Portcullis' } },
      };
  }
}

function eventPart({ event, uid }: EventRecord): OcsfPart {
  // The table is of the same kinds as the union, so that the function found takes this event.
  const part = (ocsfByKind[event.kind] as (event: EventOf<EventKind>, uid: string) => OcsfPart)(event, uid);
  const verdict = verdictOf(event);
  return {
    ...part,
    message: part.message ?? kindDefinition(event.kind).description,
    facts: { ...part.facts, ...(verdict && controlOf(verdict, event)), unmapped: minimised(event) },
  };
}

const controls: Readonly<Record<Verdict, [action: number, disposition: number]>> = {
  allowed: [1, 1],
  denied: [2, 2],
  observed: [3, 17],
  failed: [0, 27],
};

function controlOf(verdict: Verdict, { decision }: EventRecord['event']) {
  const [action_id, disposition_id] = controls[verdict];
  const { ruleId, clause, policyVersion } = decision ?? {};
  return { action_id, disposition_id, policy: { name: ruleId, desc: clause, version: `${policyVersion ?? ''}` } };
}

const alertSteps: Readonly<Record<AlertRecord['step'], number>> = {
  opened: 1,
  acknowledged: 2,
  assigned: 2,
  noted: 2,
  told: 2,
  reminded: 2,
  escalated: 2,
  answered: 2,
  reopened: 2,
  closed: 3,
};
const alertStates: Readonly<Record<AlertRecord['alert']['state'], number>> = { open: 1, acknowledged: 2, closed: 4 };

function alertPart({ alert, step }: AlertRecord): OcsfPart {
  return {
    class: 'detection-finding',
    activity: alertSteps[step],
    message: alert.title,
    facts: {
      status_id: alertStates[alert.state],
      status_detail: alert.outcome,
      count: alert.count,
      start_time: alert.firstAt,
      end_time: alert.lastAt,
      finding_info: {
        uid: alert.id,
        title: alert.title,
        created_time: alert.openedAt,
        first_seen_time: alert.firstAt,
        last_seen_time: alert.lastAt,
        analytic: { uid: alert.ruleId, name: alert.ruleId, type_id: 1 },
        types: [alert.clause],
        related_events: alert.events.map((uid) => ({ uid })),
      },
      unmapped: {
        step,
        kind: alert.kind,
        clause: alert.clause,
        device: alert.device,
        policyVersion: alert.policyVersion,
      },
    },
  };
}
