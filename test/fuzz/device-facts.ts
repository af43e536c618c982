import { readFileSync } from 'node:fs';
import { DeviceFacts, deviceKey, VolumeFacts } from '#shared/device/facts.ts';
import { eventCheckers } from '#shared/events/kinds.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { checker } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { parseSignature } from '../../agent/platform/blkid.linux.ts';
import type { BlockDevice } from '../../agent/platform/block.linux.ts';
import { parseBitLocker } from '../../agent/platform/encryption.windows.ts';
import { parseMounts } from '../../agent/platform/mounts.linux.ts';
import type { DeviceNode } from '../../agent/platform/windows/device-tree.ts';
import type { Disk, Volume } from '../../agent/platform/windows/volumes.ts';
import type { WmiRow } from '../../agent/platform/windows/wmi.ts';
import { findDevices, findWaitingCards } from '../../agent/watchers/removable-media/devices.linux.ts';
import { findMedia } from '../../agent/watchers/removable-media/devices.windows.ts';
import { diff, settle } from '../../agent/watchers/removable-media/index.ts';
import type { UsbDevice } from '../../agent/watchers/removable-media/usb.linux.ts';
import { volumeFacts } from '../../agent/watchers/removable-media/volumes.linux.ts';
import { volumeFacts as volumeFactsOnWindows } from '../../agent/watchers/removable-media/volumes.windows.ts';
import type { Attached } from '../../agent/watchers/watcher.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { nodeOf } from '../fakes/windows-system.ts';
import { holds } from './target.ts';

/** A computer with Linux as the readers hand it on: texts are any, types are as declared. */
export interface LinuxSeen {
  usb: UsbDevice[];
  disks: BlockDevice[];
  cards: { disk: string; product: string; serial: string }[];
  blkid: string;
  mounts: string;
}

export interface WindowsSeen {
  nodes: (Partial<DeviceNode> & Pick<DeviceNode, 'id' | 'classId'>)[];
  disks: Record<string, Disk>;
  volumes: Volume[];
  bitLocker: WmiRow[];
}

const stick: UsbDevice = {
  port: '1-4',
  number: '5',
  vendorId: '0951',
  productId: '1666',
  vendor: 'Kingston',
  product: 'DataTraveler',
  serial: '001A92053B6A',
  interfaces: ['08:06:50'],
  speaksMtp: false,
};
const disk: BlockDevice = {
  name: 'sdb',
  device: '8:16',
  folder: '/devices/pci0000:00/usb1/1-4/1-4:1.0/host6/block/sdb',
  sizeBytes: 30_765_219_840,
  readOnly: false,
  removable: true,
  slaves: [],
  outside: false,
};

export const linuxSeen: LinuxSeen = {
  usb: [stick, { ...stick, port: '1-5', interfaces: ['ff:ff:00', '06:01:01'], speaksMtp: true }],
  disks: [
    disk,
    { ...disk, name: 'sdc', device: '8:32' },
    { ...disk, name: 'mmcblk0', device: '179:0', folder: '/devices/mmc/block/mmcblk0', cardType: 'SD' },
  ],
  cards: [{ disk: 'mmcblk1', product: 'SD32G', serial: '0x12345678' }],
  blkid: 'ID_FS_LABEL_ENC=STICK\\x20A\nID_FS_TYPE=vfat\nID_FS_USAGE=filesystem\n',
  mounts: '36 35 8:16 / /media/anna/STICK\\040A rw,nosuid shared:1 - vfat /dev/sdb ro,uid=1000\n',
};

const trees = JSON.parse(
  readFileSync(new URL('../fixtures/windows/device-trees.json', import.meta.url), 'utf8'),
) as Omit<WindowsSeen, 'bitLocker'>;
export const windowsSeen: WindowsSeen = {
  nodes: trees.nodes,
  disks: trees.disks,
  volumes: trees.volumes,
  bitLocker: [{ DriveLetter: 'E:', DeviceID: 'x', ProtectionStatus: 1, ConversionStatus: 1, EncryptionMethod: 6 }],
};

/** What is made of what was seen: facts that fit their schema, hold no hostile character, and can be decided and sent. */
export function factsMade() {
  const [isDevice, isVolume] = [checker(DeviceFacts), checker(VolumeFacts)];
  const checkerOf = eventCheckers();
  const policy = loadPolicy(profileText('focus'));

  function judge(attached: Attached[]): string {
    for (const { device, volumes } of attached) {
      isDevice.parse(device, 'The device');
      for (const volume of volumes) isVolume.parse(volume, 'The volume');
      for (const text of textsIn([device, volumes]))
        holds(cleanText(text, 4096) === text, 'no text holds what could mislead');
      holds(deviceKey(device).length < 1200, 'the key of a device is bounded');
      const facts = { device, ...(volumes[0] && { volume: volumes[0] }) };
      const { tier } = decide({ policy, version: 1 }, facts, null, Date.UTC(2026, 10, 30));
      holds(tier !== 'failed', 'every device can be decided');
    }
    const snapshot = settle(undefined, {
      devices: attached.map(({ device, volumes }) => ({ device, volumes: [...volumes] })),
      sharedKeys: [],
    });
    for (const { kind, data } of diff(undefined, snapshot, false)) {
      const event = { seq: 1, at: '2026-11-30T09:00:00.000Z', bootId: 'boot', uptimeMs: 1, kind, data };
      checkerOf(kind).parse(event, `The event ${kind}`);
    }
    return attached.length > 0 ? 'told' : 'nothing';
  }

  return {
    linux({ usb, disks, cards, blkid, mounts }: LinuxSeen): string {
      const blocks = new Map(disks.map((block) => [block.name, block]));
      const [mount] = parseMounts(mounts);
      const found = findDevices(usb, blocks, new Map(), ({ sizeBytes }) => sizeBytes > 0);
      return judge(
        [...found, ...findWaitingCards(cards)].map(({ device, disks: own }) => ({
          device,
          volumes: own.map((block) => volumeFacts({ block, ...(mount && { mount }) }, parseSignature(blkid))),
        })),
      );
    },
    windows({ nodes, disks, volumes, bitLocker }: WindowsSeen): string {
      const seen = { nodes: nodes.map(nodeOf), disks: new Map(Object.entries(disks)), volumes, systemDrive: 'C:' };
      const rows = { ok: true as const, seen: bitLocker.map(parseBitLocker) };
      return judge(
        findMedia(seen).map(({ device, volumes: own }) => ({
          device,
          volumes: own.map((volume) => volumeFactsOnWindows(volume, rows)),
        })),
      );
    },
  };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
