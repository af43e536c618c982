import Type from 'typebox';
import { DeviceFacts, VolumeFacts } from '../device/facts.ts';
import { registerStates } from '../policy/conditions.ts';
import { Count, exactObject, oneOf, Text } from '../schema.ts';
import { kind } from './event.ts';

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
};
