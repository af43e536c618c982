import { type EventKind, kindDefinition, kindNames, type PortcullisEvent } from '#shared/events/kinds.ts';
import type { AlertRecord, EventRecord, Sender, TestRecord } from '../../../collector/exports/record.ts';
import { eventUid } from '../../../collector/exports/record.ts';
import { decisionOf, readOnly } from '../../fakes/decision.ts';

export const sender: Sender = { organisation: 'Example Care', version: '0.1.0' };
export const computer = { id: '01a20786-bb40-728c-85d0-c4d6bc71817e', hostname: 'FOC-LT-014' };
const at = '2026-11-30T09:00:00.000Z';

export function eventRecord(kind: EventKind, data: object, more: Partial<PortcullisEvent> = {}): EventRecord {
  const event = { seq: 7, at, bootId: 'boot', uptimeMs: 1, kind, data, ...more } as PortcullisEvent;
  return { type: 'event', uid: eventUid(computer.id, 7), computer, receivedAt: Date.parse(at) + 1500, event };
}

/** The example of every kind, bare and with all that an event may carry beside. */
export const exampleRecords: EventRecord[] = kindNames.flatMap((kind) => {
  const data = kindDefinition(kind).example as object;
  const actor = { user: 'j.example', uid: 1000, process: 'soffice' };
  const outcome = { state: 'applied' as const, mechanism: 'usb authorisation' };
  return [
    eventRecord(kind, data),
    eventRecord(kind, data, { actor, decision: decisionOf(readOnly, { clause: 'focus 3.6' }), outcome }),
  ];
});

export const alertRecord: AlertRecord = {
  type: 'alert',
  uid: '01a20786-bb40-728c-85d0-000000000001',
  computer,
  step: 'opened',
  at: Date.parse(at),
  alert: {
    id: '01a20786-bb40-728c-85d0-000000000002',
    ruleId: 'media-attached',
    title: 'A removable medium was attached',
    severity: 'medium',
    clause: 'focus 3.6',
    kind: 'media.attached',
    state: 'open',
    count: 1,
    firstAt: Date.parse(at),
    lastAt: Date.parse(at),
    openedAt: Date.parse(at),
    policyVersion: 1,
    outcome: null,
    device: 'Example Stick',
    events: [eventUid(computer.id, 7)],
  },
};

export const testRecord: TestRecord = { type: 'test', uid: 'test/1', at: Date.parse(at) };
