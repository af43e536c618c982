import type { DeviceFacts } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { type EventRecord, type ExportRecord, verdictOf } from './record.ts';

/** The facts that a line of columns or keys has room for. Absent: the record does not tell. */
export interface FlatRecord {
  computerId?: string | undefined;
  hostname?: string | undefined;
  /** Milliseconds since 1970, by the collector's clock. */
  ingested?: number | undefined;
  sequence?: number | undefined;
  start?: number | undefined;
  user?: string | undefined;
  userId?: string | undefined;
  process?: string | undefined;
  verdict?: string | undefined;
  outcome?: string | undefined;
  rule?: string | undefined;
  clause?: string | undefined;
  policyVersion?: number | undefined;
  device?: string | undefined;
  deviceClass?: string | undefined;
  serial?: string | undefined;
  encryption?: string | undefined;
  nameHash?: string | undefined;
  extension?: string | undefined;
  sizeBytes?: number | undefined;
  title?: string | undefined;
  titleVersion?: string | undefined;
  band?: string | undefined;
  count?: number | undefined;
  because?: string | undefined;
}

/** Pure. */
export function flatRecord(record: ExportRecord): FlatRecord {
  switch (record.type) {
    case 'event':
      return flatEvent(record);
    case 'alert': {
      const { computer, alert } = record;
      return {
        computerId: computer.id,
        hostname: computer.hostname,
        start: alert.firstAt,
        outcome: alert.outcome ?? alert.state,
        rule: alert.ruleId,
        clause: alert.clause,
        policyVersion: alert.policyVersion,
        device: alert.device ?? undefined,
        count: alert.count,
      };
    }
    case 'test':
      return {};
  }
}

function flatEvent({ computer, receivedAt, event }: EventRecord): FlatRecord {
  const { actor, decision, outcome } = event;
  const { user, uid, sid, process } = actor ?? {};
  return {
    computerId: computer.id,
    hostname: computer.hostname,
    ingested: receivedAt,
    sequence: event.seq,
    user,
    userId: sid ?? (uid === undefined ? undefined : String(uid)),
    process,
    verdict: verdictOf(event),
    outcome: outcome?.state,
    rule: decision?.ruleId,
    clause: decision?.clause,
    policyVersion: decision?.policyVersion,
    ...flatData(event),
  };
}

/** The data of all kinds, as far as their members have the same names. */
function flatData({ data }: PortcullisEvent): FlatRecord {
  return {
    ...('device' in data && data.device && flatDevice(data.device)),
    ...('volume' in data && data.volume && { encryption: data.volume.encryption }),
    ...('drive' in data && { encryption: data.drive.encryption, device: data.drive.name }),
    ...('nameHash' in data && { nameHash: data.nameHash, extension: data.extension }),
    ...('sizeBytes' in data && { sizeBytes: data.sizeBytes }),
    ...('inspection' in data && { band: data.inspection.band }),
    ...('band' in data && { band: data.band }),
    ...('software' in data &&
      !Array.isArray(data.software) && {
        title: data.software.name,
        titleVersion: data.software.version,
      }),
    ...('software' in data && Array.isArray(data.software) && { count: data.software.length }),
    ...('count' in data && { count: data.count }),
    ...('written' in data && { count: data.written }),
    ...('because' in data && { because: data.because }),
    ...('posture' in data && { title: data.posture.item, outcome: data.posture.state, because: data.posture.because }),
    ...('result' in data && { outcome: data.result }),
  };
}

function flatDevice({ class: deviceClass, vendor, product, serial }: DeviceFacts): FlatRecord {
  const device = [vendor, product].filter((word) => word !== undefined && word !== '').join(' ');
  return { deviceClass, device: device === '' ? deviceClass : device, serial };
}
