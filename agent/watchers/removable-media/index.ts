import { isDeepStrictEqual } from 'node:util';
import Type from 'typebox';
import { type DeviceClass, DeviceFacts, deviceKey, VolumeFacts } from '#shared/device/facts.ts';
import { checker, exactObject } from '#shared/schema.ts';
import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Change, StorageUnit, WatcherContext, WatcherFactory } from '../watcher.ts';
import { storageClass } from './usb-class.ts';

export const mostDevices = 256;
export const mostVolumes = 128;

const Attached = exactObject({
  device: DeviceFacts,
  volumes: Type.Array(VolumeFacts, { maxItems: mostVolumes }),
});
/** One physical device with what is on it. */
export type Attached = Type.Static<typeof Attached>;

const MediaSnapshot = exactObject({
  devices: Type.Array(Attached, { maxItems: mostDevices }),
  /** Keys under which two devices were once seen together. They name nothing any more. */
  sharedKeys: Type.Array(Type.String({ maxLength: 512 }), { maxItems: mostDevices }),
});
export type MediaSnapshot = Type.Static<typeof MediaSnapshot>;

/** Watches what is plugged in, put in and mounted. */
export function removableMedia(source: Source<Attached[]>): WatcherFactory {
  return (context) => {
    const identified = identifying(context);
    return reconcilingWatcher<MediaSnapshot>(
      {
        name: 'removable-media',
        source: { ...source, look: async () => asSnapshot(await identified(await source.look())) },
        memory: checker(MediaSnapshot),
        diff: (before, now, { startingUp }) => diff(before, settle(before, now), startingUp),
        remember: settle,
        ...(context.act && {
          act: (changes, { devices }) => context.act?.(changes, devices) ?? Promise.resolve(changes),
        }),
        everyMilliseconds: () => 10_000,
        // The first sign of a device is the one that counts; what follows it is looked at once more.
        settleMilliseconds: 0,
      },
      context,
    );
  };
}

type SourceLook = Awaited<ReturnType<Source<Attached[]>['look']>>;

/**
 * Storage that is kept waiting shows no disk to tell its class by, and is asked. Asking takes longer than deciding, so
 * that one that was just plugged in may be judged by what it shows and asked at the next look.
 */
function identifying({ identify }: Pick<WatcherContext, 'identify'>): (look: SourceLook) => Promise<SourceLook> {
  let before: ReadonlySet<string> | undefined;
  return async (look) => {
    if (!look.ok || !identify) return look;
    const known = before;
    const seen: Attached[] = [];
    for (const one of look.seen) {
      const isNew = known !== undefined && !known.has(visit(one));
      const units = isUnclear(one.device) ? await identify(one.device, { mayWait: isNew }) : undefined;
      seen.push(units ? { ...one, device: { ...one.device, class: classByUnits(one.device, units) } } : one);
    }
    before = new Set(look.seen.map(visit));
    return { ok: true, seen };
  };
}

function visit({ device }: Attached): string {
  return `${device.port} ${deviceKey(device)}`;
}

function isUnclear({ bus, interfaces, sizeBytes }: DeviceFacts): boolean {
  return bus === 'usb' && sizeBytes === undefined && interfaces.some((triple) => triple.startsWith('08:'));
}

/** Asking tells of no medium; a slot counts as full, so that an empty one is at first taken for a stick. */
function classByUnits({ interfaces }: DeviceFacts, units: readonly StorageUnit[]): DeviceClass {
  const disks = units.map((unit) => ({ ...unit, hasMedium: true }));
  return storageClass(interfaces, disks);
}

function asSnapshot(look: SourceLook): Awaited<ReturnType<Source<MediaSnapshot>['look']>> {
  return look.ok ? { ok: true, seen: { devices: look.seen, sharedKeys: [] } } : look;
}

/** Makes of a fresh look, read in the light of what is remembered, the snapshot that is compared and kept. */
export function settle(before: MediaSnapshot | undefined, now: MediaSnapshot): MediaSnapshot {
  const sharedKeys = findSharedKeys(before, now.devices);
  const shared = new Set(sharedKeys);
  const known = byKey(before);
  const settled = now.devices.map(({ device, volumes }): Attached => {
    const trusted = shared.has(deviceKey(device)) ? { ...device, serialTrust: 'shared' as const } : device;
    return {
      device: keepClass(known.get(deviceKey(trusted))?.device, trusted),
      volumes: uniqueBy(volumes, (volume) => volume.name).slice(0, mostVolumes),
    };
  });
  const devices = uniqueBy(settled, ({ device }) => deviceKey(device)).slice(0, mostDevices);
  return { devices, sharedKeys };
}

/** A serial that two devices had is never believed again: unplugging the copy does not make the other one the original. */
function findSharedKeys(before: MediaSnapshot | undefined, devices: readonly Attached[]): string[] {
  const seen = new Set<string>();
  const found = new Set(before?.sharedKeys);
  for (const { device } of devices) {
    const key = deviceKey(device);
    if (seen.has(key) && device.serialTrust === 'device') found.add(key);
    seen.add(key);
  }
  return [...found].slice(0, mostDevices);
}

/**
 * A storage device that shows no disk, because it was blocked or is not ready, stays what it was known to be. Else a
 * block would change the class, the class the decision, and the decision the block, for ever.
 */
function keepClass(before: DeviceFacts | undefined, now: DeviceFacts): DeviceFacts {
  const showsNoDisk = now.class === 'usb-storage' && now.sizeBytes === undefined;
  const wasRefined = ['external-disk', 'optical', 'memory-card'].includes(before?.class ?? '');
  return before && showsNoDisk && wasRefined ? { ...now, class: before.class } : now;
}

/** Pure. What happened between two snapshots, told in an order that leads from the one to the other. */
export function diff(before: MediaSnapshot | undefined, now: MediaSnapshot, startingUp: boolean): Change[] {
  const known = byKey(before);
  const present = byKey(now);
  const removed = [...known]
    .filter(([key]) => !present.has(key))
    .map(([, { device }]): Change => ({ kind: 'media.removed', data: { device } }));
  return [
    ...removed,
    ...[...present].flatMap(([key, attached]) => {
      const old = known.get(key);
      return old ? changesOf(old, attached) : arrivalOf(attached, startingUp);
    }),
  ];
}

function arrivalOf(attached: Attached, presentAtStart: boolean): Change[] {
  return [
    { kind: 'media.attached', data: { ...attached, presentAtStart } },
    ...attached.volumes.filter(isMounted).map((volume) => mounted(attached.device, volume)),
  ];
}

function changesOf(old: Attached, now: Attached): Change[] {
  const { device } = now;
  const before = new Map(old.volumes.map((volume) => [volume.name, volume]));
  const after = new Map(now.volumes.map((volume) => [volume.name, volume]));
  const left = old.volumes
    .filter((volume) => isMounted(volume) && volume.mountPoint !== after.get(volume.name)?.mountPoint)
    .map((volume) => unmounted(device, volume, after.get(volume.name)));
  const entered = now.volumes
    .filter((volume) => isMounted(volume) && !sameMount(before.get(volume.name), volume))
    .map((volume) => mounted(device, volume));
  const isSame = isDeepStrictEqual(old.device, device) && sameVolumes(old.volumes, now.volumes);
  return [...left, ...(isSame ? [] : [{ kind: 'media.changed' as const, data: now }]), ...entered];
}

/** Carries the volume as it is now, or as it was last known when it is gone or already mounted elsewhere. */
function unmounted(device: DeviceFacts, before: VolumeFacts, now: VolumeFacts | undefined): Change {
  const volume = now && !isMounted(now) ? now : withoutMount(before);
  return { kind: 'media.unmounted', data: { device, volume } };
}

function mounted(device: DeviceFacts, volume: VolumeFacts): Change {
  return { kind: 'media.mounted', data: { device, volume } };
}

function isMounted(volume: VolumeFacts): boolean {
  return volume.mountPoint !== undefined;
}

function sameMount(before: VolumeFacts | undefined, now: VolumeFacts): boolean {
  return before?.mountPoint === now.mountPoint && before?.readOnly === now.readOnly;
}

/** Apart from being mounted, which has events of its own. */
function sameVolumes(before: readonly VolumeFacts[], now: readonly VolumeFacts[]): boolean {
  return (
    before.length === now.length &&
    before.every((old, index) => {
      const volume = now[index];
      if (!volume) return false;
      return isMounted(old) || isMounted(volume)
        ? isDeepStrictEqual(withoutMount(old), withoutMount(volume))
        : isDeepStrictEqual(old, volume);
    })
  );
}

function withoutMount({ mountPoint: _place, readOnly: _mode, ...volume }: VolumeFacts): VolumeFacts {
  return volume;
}

function byKey(snapshot: MediaSnapshot | undefined): Map<string, Attached> {
  return new Map(snapshot?.devices.map((attached) => [deviceKey(attached.device), attached]));
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.toReversed().map((item) => [key(item), item])).values()].toReversed();
}
