import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { deviceKey } from '#shared/device/facts.ts';
import type { Actor } from '#shared/events/event.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Inspection } from '#shared/identifiers/inspection.ts';

type Plain = { [name: string]: unknown };

/** Classes of the schema that records are of, with their numbers. */
export const ocsfClasses = {
  'file-system-activity': { id: 1001, category: 1 },
  'event-log-activity': { id: 1008, category: 1 },
  'peripheral-activity': { id: 1010, category: 1 },
  'detection-finding': { id: 2004, category: 2 },
  'data-security-finding': { id: 2006, category: 2 },
  'device-inventory-info': { id: 5001, category: 5 },
  'device-config-state-change': { id: 5019, category: 5 },
  'software-inventory-info': { id: 5020, category: 5 },
  'application-lifecycle': { id: 6002, category: 6 },
  'scan-activity': { id: 6007, category: 6 },
} as const;
export type OcsfClass = keyof typeof ocsfClasses;

/** What one kind of event adds to what all records have. Members that are undefined or empty are left out. */
export interface OcsfPart {
  class: OcsfClass;
  activity: number;
  /** Needed with activity 99, which says nothing by itself. */
  activityName?: string;
  /** The class knows computers and people only by the profile `host` of the schema. */
  needsHostProfile?: boolean;
  message?: string;
  facts: Plain;
}

const storageClasses = new Set(['usb-storage', 'external-disk', 'optical', 'floppy', 'memory-card']);

export function peripheralOf(device: DeviceFacts): Plain {
  const isOther = !storageClasses.has(device.class) && device.class !== 'printer';
  return {
    name: device.product ?? device.class,
    uid: deviceKey(device),
    model: device.product,
    vendor_name: device.vendor,
    vendor_id_list: [device.vendorId],
    serial_number: device.serialTrust === 'device' ? device.serial : undefined,
    class: device.class,
    type_id: device.class === 'printer' ? 4 : isOther ? 99 : 1,
    type: isOther ? device.class : undefined,
  };
}

/** The schema asks who did it; where the system did not tell, that is said. */
export function actorOf(actor: Actor | undefined): Plain {
  const { user, uid, sid, process } = actor ?? {};
  const isKnown = user !== undefined || uid !== undefined || sid !== undefined;
  return {
    ...(isKnown && { user: { name: user, uid: sid ?? (uid === undefined ? undefined : `${uid}`) } }),
    app_name: process ?? (isKnown ? undefined : 'not known'),
  };
}

/** A file is named by its mark alone. */
export function fileOf(file: { nameHash: string; extension?: string; sizeBytes?: number }): Plain {
  const { nameHash, extension, sizeBytes } = file;
  return { name: nameHash, uid: nameHash, ext: extension, size: sizeBytes, type_id: 1 };
}

/** A volume in the place of a file, as the schema has mounting. */
export function volumeOf({ name, label, filesystem, encryption, sizeBytes }: VolumeFacts): Plain {
  return {
    name,
    desc: [label, filesystem].filter((word) => word !== undefined && word !== '').join(', '),
    is_encrypted: encryption === 'unknown' ? undefined : encryption !== 'plain',
    size: sizeBytes,
    type_id: 4,
  };
}

export function packageOf(software: {
  name: string;
  version: string;
  publisher?: string;
  architecture?: string;
  source: string;
}): Plain {
  const { name, version, publisher, architecture, source } = software;
  return {
    name: name === '' ? 'not known' : name,
    version: version === '' ? 'not known' : version,
    vendor_name: publisher,
    architecture,
    package_manager: source,
  };
}

/** A finding about data of people: counts and bands, never what was found. */
export function dataFinding(
  { actor }: PortcullisEvent,
  uid: string,
  title: string,
  facts: Plain & { file?: Plain },
  inspection?: Inspection,
): OcsfPart {
  const { detector, status, band } = inspection ?? {};
  return {
    class: 'data-security-finding',
    activity: 1,
    message: title,
    facts: {
      actor: actorOf(actor),
      finding_info: {
        uid,
        title,
        types: ['identifiers of people', band],
        analytic: { name: detector ?? 'identifiers', type_id: 10 },
      },
      data_security: {
        category_id: 1,
        data_lifecycle_state_id: 1,
        detection_system_id: 1,
        status_id: inspection === undefined ? 0 : status === 'inspected' ? 1 : 3,
        policy: { name: 'identifiers' },
      },
      ...facts,
    },
  };
}

/** A setting or protection of the computer is in another state. `is` says whether it protects; undefined: not known. */
export function stateChange(subject: string, state: string, is: boolean | undefined, message?: string): OcsfPart {
  return {
    class: 'device-config-state-change',
    activity: 1,
    ...(message !== undefined && { message }),
    facts: {
      state_id: is === undefined ? 0 : is ? 2 : 1,
      state,
      security_level_id: is === undefined ? 0 : is ? 1 : 2,
      security_states: [{ state_id: 99, state: `${subject}: ${state}` }],
    },
  };
}
