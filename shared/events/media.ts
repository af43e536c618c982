import Type from 'typebox';
import { DeviceFacts, VolumeFacts } from '../device/facts.ts';
import { registerStates } from '../policy/conditions.ts';
import { Base64Url, Count, exactObject, oneOf, Text, Time } from '../schema.ts';
import { BandCounts } from './document.ts';
import { kind } from './event.ts';
import { authorisation, findings, findingsExample } from './finding.ts';

const stick = {
  class: 'usb-storage' as const,
  bus: 'usb' as const,
  vendorId: '0781',
  productId: '5581',
  vendor: 'Example',
  product: 'Example Stick',
  serial: 'EX0000000001',
  serialTrust: 'device' as const,
  interfaces: ['08:06:50'],
  port: '1-4',
  sizeBytes: 15_728_640_000,
};
const plain = {
  name: 'sdb1',
  label: 'BACKUP',
  filesystem: 'vfat',
  sizeBytes: 15_727_591_424,
  encryption: 'plain' as const,
};
const Volumes = Type.Array(VolumeFacts, { maxItems: 128 });
/** What the media register said of it at that moment. Absent: the register was not known, or it cannot be told. */
const register = { register: Type.Optional(oneOf(registerStates)) };

/** The file, and the medium it lies on. */
const file = {
  device: DeviceFacts,
  volume: VolumeFacts,
  /** HMAC-SHA-256 of the full path with a key that stays on the computer: tells files apart, names none. */
  nameHash: Base64Url,
  /** Lower case, without the dot, where the name has one: `docx`. */
  extension: Type.Optional(Type.String({ pattern: '^[a-z0-9]{1,16}$' })),
  /** The file's own name without folders; only where the profile says `fileNames: names`. */
  name: Type.Optional(Type.String({ maxLength: 1024 })),
};
const fileExample = {
  device: stick,
  volume: { ...plain, mountPoint: '/media/usb', readOnly: false },
  nameHash: 'l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE',
  extension: 'xlsx',
};
/** It was found by a look through the medium, so that the time is that of the finding. */
const foundByRescan = { foundByRescan: Type.Optional(Type.Boolean()) };
/** Absent when the file was gone before its size could be read. */
const sizeIfKnown = { sizeBytes: Type.Optional(Count) };
/** Why there is no verdict on a file: medium or file was gone before it could be read, or the agent had ended. */
const unread = ['medium-gone', 'file-gone', 'agent-ended'] as const;

export const mediaKinds = {
  'media.attached': kind({
    description:
      'A removable medium or a device that can hold data was connected, or was found when the agent started.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts, volumes: Volumes, presentAtStart: Type.Boolean(), ...register }),
    example: { device: stick, volumes: [plain], presentAtStart: false, register: 'unregistered' },
  }),
  'media.changed': kind({
    description:
      'What is on a connected device became known or changed: a disc was put in, a partition appeared, a container was opened.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts, volumes: Volumes, ...register }),
    example: {
      device: stick,
      volumes: [{ ...plain, filesystem: 'crypto_LUKS', encryption: 'locked', method: 'luks2' }],
    },
  }),
  'media.mounted': kind({
    description: 'A volume of a removable medium came into use at a place in the file system.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts, volume: VolumeFacts, ...register }),
    example: { device: stick, volume: { ...plain, mountPoint: '/media/usb', readOnly: false } },
  }),
  'media.unmounted': kind({
    description: 'A volume of a removable medium went out of use.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts, volume: VolumeFacts }),
    example: { device: stick, volume: plain },
  }),
  'media.removed': kind({
    description: 'A removable medium was disconnected, or was gone when the agent started.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts }),
    example: { device: stick },
  }),
  'media.scanned': kind({
    description: 'An antivirus looked at a medium before it could be used, or could not.',
    priority: 'security',
    data: exactObject({
      device: DeviceFacts,
      /** `not-scanned`: not, or not whole; `because` or `unread` say why. */
      result: oneOf(['clean', 'infected', 'not-scanned']),
      infected: Type.Optional(Count),
      files: Type.Optional(Count),
      bytes: Type.Optional(Count),
      /** Files that could not be looked into whole. */
      unread: Type.Optional(Count),
      engine: Type.Optional(Text),
      /** Number and day of the signatures, in the engine's words. */
      signatures: Type.Optional(Text),
      durationMs: Count,
      because: Type.Optional(Text),
    }),
    example: {
      device: stick,
      result: 'infected',
      infected: 1,
      files: 214,
      bytes: 48_234_112,
      unread: 0,
      engine: 'ClamAV 1.4.6',
      signatures: '27450, Fri Nov 21 08:30:01 2025',
      durationMs: 3120,
    },
  }),
  'media.decided': kind({
    description:
      'A connected device, or a volume of it in use, got other rights or another standing in the register than before: a new policy arrived, an approval ended, a stick was reported lost.',
    priority: 'security',
    data: exactObject({ device: DeviceFacts, volume: Type.Optional(VolumeFacts), ...register }),
    example: { device: stick, register: 'lost' },
  }),
  'media.file-written': kind({
    description:
      'A file was written to a removable medium. Told at once; what is in it follows as `media.file-inspected`.',
    priority: 'security',
    data: exactObject({ ...file, ...sizeIfKnown, ...foundByRescan }),
    example: { ...fileExample, sizeBytes: 24_576 },
  }),
  'media.file-inspected': kind({
    description:
      'A file that was written to a removable medium was looked into for identifiers of people. Counts only, never what was found.',
    priority: 'evidence',
    data: exactObject({ ...file, sizeBytes: Count, ...register, ...findings, ...authorisation }),
    example: { ...fileExample, sizeBytes: 24_576, ...findingsExample, authorisation: 'none' },
  }),
  'media.file-not-inspected': kind({
    description: 'A file that was written to a removable medium could not be looked into any more.',
    priority: 'evidence',
    data: exactObject({ ...file, ...sizeIfKnown, ...register, because: oneOf(unread) }),
    example: { ...fileExample, sizeBytes: 24_576, because: 'medium-gone' },
  }),
  'media.file-renamed': kind({
    description: 'A file on a removable medium got another name or another folder.',
    priority: 'security',
    data: exactObject({
      ...file,
      /** The mark it had before, where the system tells. */
      formerNameHash: Type.Optional(Base64Url),
    }),
    example: { ...fileExample, formerNameHash: 'QW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqEl3bqT' },
  }),
  'media.file-deleted': kind({
    description: 'A file on a removable medium was deleted.',
    priority: 'security',
    data: exactObject(file),
    example: fileExample,
  }),
  'media.session': kind({
    description:
      'A removable medium that was in use is gone, and this is what happened to its files since it came, or since the agent first saw it.',
    priority: 'evidence',
    data: exactObject({
      device: DeviceFacts,
      volumes: Volumes,
      ...register,
      since: Time,
      durationMs: Count,
      written: Count,
      renamed: Count,
      deleted: Count,
      /** Sum of the sizes of what was written. */
      bytes: Count,
      /** Files written, by band. Those that could not be looked into are counted beside. */
      bands: BandCounts,
      notInspected: Count,
      /** False when the agent was not there, or signals were lost, for a part of that time. */
      isWhole: Type.Boolean(),
    }),
    example: {
      device: stick,
      volumes: [plain],
      since: '2026-11-21T09:00:00.000Z',
      durationMs: 600_000,
      written: 3,
      renamed: 0,
      deleted: 1,
      bytes: 61_440,
      bands: { none: 1, '50-99': 1 },
      notInspected: 1,
      isWhole: true,
    },
  }),
};
