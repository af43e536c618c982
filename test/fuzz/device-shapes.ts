import Type from 'typebox';
import { Count, checker, oneOf } from '#shared/schema.ts';

/*
 * What the readers of the agent hand on, whatever a device says: the types, and the few patterns they see to
 * themselves. An input of another shape is nothing that could come, so that nothing is judged by it.
 */
const any = Type.String({ maxLength: 8192 });
const may = Type.Optional;
const hexId = Type.String({ pattern: '^[0-9a-f]{4}$' });

const UsbSeen = Type.Object({
  port: Type.String({ pattern: '^\\d+-\\d+(\\.\\d+)*$', maxLength: 255 }),
  vendorId: may(hexId),
  productId: may(hexId),
  vendor: may(any),
  product: may(any),
  serial: may(any),
  interfaces: Type.Array(Type.String({ pattern: '^[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}$' })),
  speaksMtp: Type.Boolean(),
});
const DiskSeen = Type.Object({
  name: any,
  device: any,
  folder: any,
  sizeBytes: Count,
  readOnly: Type.Boolean(),
  removable: Type.Boolean(),
  slaves: Type.Array(any),
  cardType: may(any),
  outside: Type.Boolean(),
});
const LinuxSeen = Type.Object({
  usb: Type.Array(UsbSeen),
  disks: Type.Array(DiskSeen),
  cards: Type.Array(Type.Object({ disk: any, product: may(any), serial: may(any) })),
  blkid: any,
  mounts: any,
});

const Storage = Type.Object({ deviceType: Count, number: Count });
const buses = ['scsi', 'ata', 'firewire', 'usb', 'sata', 'sd', 'mmc', 'virtual', 'file', 'nvme', 'unknown'] as const;
const Descriptor = Type.Object({
  bus: oneOf(buses),
  removable: Type.Boolean(),
  vendor: may(any),
  product: may(any),
  serial: may(any),
});
const NodeSeen = Type.Object({
  id: any,
  classId: any,
  parent: may(any),
  hardwareIds: may(Type.Array(any)),
  compatibleIds: may(Type.Array(any)),
  location: may(any),
  removalPolicy: may(Count),
  reportedName: may(any),
});
const WindowsSeen = Type.Object({
  nodes: Type.Array(NodeSeen),
  disks: Type.Record(
    Type.String(),
    Type.Object({
      storage: may(Storage),
      descriptor: may(Descriptor),
      sizeBytes: may(Count),
      readOnly: may(Type.Boolean()),
    }),
  ),
  volumes: Type.Array(
    Type.Object({
      name: any,
      root: may(any),
      type: oneOf(['unknown', 'none', 'removable', 'fixed', 'network', 'optical', 'memory']),
      storage: may(Storage),
      descriptor: may(Descriptor),
      content: may(Type.Object({ label: any, filesystem: any, readOnly: Type.Boolean(), sizeBytes: may(Count) })),
      fault: may(any),
    }),
  ),
  bitLocker: Type.Array(Type.Record(Type.String(), Type.Union([any, Type.Number(), Type.Boolean(), Type.Null()]))),
});

export const shapes = () => ({ linux: checker(LinuxSeen), windows: checker(WindowsSeen) });
