import type { EventKind, EventOf } from '#shared/events/kinds.ts';
import {
  actorOf,
  dataFinding,
  fileOf,
  type OcsfPart,
  packageOf,
  peripheralOf,
  stateChange,
  volumeOf,
} from './ocsf-parts.ts';

type Plain = { [name: string]: unknown };
type OcsfTable = { [K in EventKind]: (event: EventOf<K>, uid: string) => OcsfPart };

const fileActivities = { update: 3, delete: 4, rename: 5, mount: 12, unmount: 13 } as const;

/** Every kind of event has its class in the schema; the compiler asks for a new one here. */
export const ocsfByKind: OcsfTable = {
  'media.attached': (event) => peripheral(event, 1),
  'media.removed': (event) => peripheral(event, 2),
  'media.changed': (event) => peripheral(event, 99, 'Contents changed'),
  'media.decided': (event) => peripheral(event, event.decision?.rights.connect === 'deny' ? 4 : 3),
  'media.session': (event) => {
    const { written, durationMs, since } = event.data;
    const more = { count: Math.max(1, written), duration: durationMs, start_time: Date.parse(since) };
    return peripheral(event, 99, 'Use ended', more);
  },
  'media.mounted': (event) => file(event, 'mount', volumeOf(event.data.volume)),
  'media.unmounted': (event) => file(event, 'unmount', volumeOf(event.data.volume)),
  'media.file-written': (event) => file(event, 'update', fileOf(event.data)),
  'media.file-deleted': (event) => file(event, 'delete', fileOf(event.data)),
  'media.file-renamed': (event) => {
    const { formerNameHash, ...now } = event.data;
    const before = fileOf({ ...now, nameHash: formerNameHash ?? now.nameHash });
    return file(event, 'rename', before, { file_result: fileOf(now) });
  },
  'media.scanned': ({ data }) => ({
    class: 'scan-activity',
    activity: data.result === 'not-scanned' ? 6 : 2,
    needsHostProfile: true,
    facts: {
      scan: { name: data.engine ?? 'antivirus', type_id: 5 },
      num_files: data.files,
      num_detections: data.infected,
      num_skipped_items: data.unread,
      duration: data.durationMs,
      status_detail: data.because ?? data.result,
    },
  }),
  'media.file-inspected': (event, uid) =>
    dataFinding(
      event,
      uid,
      'A file on a removable medium was looked into for identifiers of people',
      { file: fileOf(event.data) },
      event.data.inspection,
    ),
  'media.file-not-inspected': (event, uid) =>
    dataFinding(event, uid, 'A file on a removable medium could not be looked into for identifiers of people', {
      file: fileOf(event.data),
      status_detail: event.data.because,
    }),
  'document.inspected': (event, uid) =>
    dataFinding(
      event,
      uid,
      'A saved document was looked into for identifiers of people',
      { file: fileOf(event.data) },
      event.data.inspection,
    ),
  'documents.swept': (event, uid) =>
    dataFinding(event, uid, 'Documents on local disks were looked into for identifiers of people', {
      count: Math.max(1, event.data.files),
      duration: event.data.durationMs,
    }),
  'identifiers.bulk-reached': (event, uid) =>
    dataFinding(event, uid, 'Identifiers of people that left this computer reached the number that counts as bulk', {}),
  'document.saved': (event) => file(event, 'update', fileOf(event.data)),
  'drive.encryption-changed': ({ data: { drive } }) =>
    stateChange(`Encryption of ${drive.name}`, drive.encryption, isProtected(drive.encryption)),
  'drive.removed': ({ data: { drive } }) => stateChange(`Drive ${drive.name}`, 'removed', undefined),
  'software.listed': ({ data: { source, part, parts, software } }) => ({
    class: 'software-inventory-info',
    activity: 2,
    facts: {
      sbom: {
        package: { name: `installed from ${source}`, version: `part ${part} of ${parts}` },
        software_components:
          software.length > 0
            ? software.map((one) => ({
                name: packageOf(one).name,
                version: packageOf(one).version,
                author: one.publisher,
              }))
            : [{ name: 'none', version: 'none' }],
      },
    },
  }),
  'software.installed': ({ data: { software } }) => title(software, 1),
  'software.removed': ({ data: { software } }) => title(software, 2),
  'software.updated': ({ data: { software } }) => title(software, 8),
  'software.decided': ({ data: { software } }) => ({ ...title(software, 99), activityName: 'Decided anew' }),
  'posture.changed': ({ data: { posture } }) =>
    stateChange(
      posture.item,
      posture.state,
      posture.state === 'unknown' ? undefined : posture.state === 'good',
      posture.because,
    ),
  'code.redeemed': ({ data }) => stateChange('One-time code', `redeemed for ${data.scope}`, false),
  'code.ended': ({ data }) => stateChange('One-time code', data.because, true),
  'code.refused': ({ data }, uid) =>
    detection(uid, 'Wrong one-time codes were typed in', { count: Math.max(1, data.attempts) }),
  'agent.started': () => agent(3),
  'agent.stopped': () => agent(4),
  'agent.tampered': ({ data }, uid) =>
    detection(uid, 'Something that belongs to the agent was changed by another hand', { status_detail: data.what }),
  'agent.updated': ({ data }) => stateChange('Agent', `updated to ${data.to}`, true),
  'agent.update-failed': ({ data }) =>
    stateChange('Agent', `not updated to ${data.version}`, false, `${data.reason}: ${data.because}`),
  'agent.coverage-changed': ({ data: { coverage } }) => {
    const failed = coverage.filter(({ state }) => state === 'failed').length;
    return stateChange('Coverage', failed === 0 ? 'watching' : `failed in ${failed} areas`, failed === 0);
  },
  'agent.condition-changed': ({ data }) =>
    stateChange(data.condition, data.raised ? 'raised' : 'cleared', !data.raised, data.because),
  'inventory.recorded': () => ({ class: 'device-inventory-info', activity: 2, facts: {} }),
  'events.lost': ({ data }) => ({
    class: 'event-log-activity',
    activity: 2,
    facts: {
      actor: { app_name: 'Portcullis agent' },
      log_name: 'spool',
      count: Math.max(1, data.count),
      status_detail: data.because,
    },
  }),
};

type WithDevice = EventOf<'media.attached' | 'media.removed' | 'media.changed' | 'media.decided' | 'media.session'>;

function peripheral({ actor, data }: WithDevice, activity: number, activityName?: string, more: Plain = {}): OcsfPart {
  return {
    class: 'peripheral-activity',
    activity,
    ...(activityName !== undefined && { activityName }),
    facts: { actor: actorOf(actor), peripheral_device: peripheralOf(data.device), ...more },
  };
}

function file(
  { actor }: EventOf<EventKind>,
  activity: keyof typeof fileActivities,
  what: Plain,
  more: Plain = {},
): OcsfPart {
  return {
    class: 'file-system-activity',
    activity: fileActivities[activity],
    facts: { actor: actorOf(actor), file: what, ...more },
  };
}

function title(software: Parameters<typeof packageOf>[0], activity: number): OcsfPart {
  const { name, version, publisher } = software;
  return {
    class: 'application-lifecycle',
    activity,
    needsHostProfile: true,
    facts: { app: { name: name === '' ? 'not known' : name, version, vendor_name: publisher } },
  };
}

function agent(activity: number): OcsfPart {
  return {
    class: 'application-lifecycle',
    activity,
    needsHostProfile: true,
    facts: { app: { name: 'Portcullis agent', vendor_name: 'Portcullis' } },
  };
}

function detection(uid: string, title: string, facts: { [name: string]: unknown }): OcsfPart {
  return {
    class: 'detection-finding',
    activity: 1,
    message: title,
    facts: { finding_info: { uid, title }, ...facts },
  };
}

function isProtected(encryption: string): boolean | undefined {
  return encryption === 'unknown' ? undefined : encryption === 'encrypted' || encryption === 'locked';
}
