import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { DriveFacts } from '#shared/events/drive.ts';
import { checker, exactObject, Time } from '#shared/schema.ts';
import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Change, WatcherFactory } from '../watcher.ts';

export const mostDrives = 256;

/** A drive in use, and when its present state of encryption was first seen. */
const KnownDrive = exactObject({ drive: DriveFacts, since: Time });
const DriveSnapshot = Type.Array(KnownDrive, { maxItems: mostDrives });
export type DriveSnapshot = Type.Static<typeof DriveSnapshot>;

/** Watches whether the drives that belong to the computer are encrypted, swap space included. */
export function driveEncryption(source: Source<DriveFacts[]>): WatcherFactory {
  return (context) =>
    reconcilingWatcher<DriveSnapshot>(
      {
        name: 'drive-encryption',
        source: {
          ...source,
          async look() {
            const look = await source.look();
            return look.ok ? { ok: true, seen: dated(look.seen, context.clock.now()) } : look;
          },
        },
        memory: checker(DriveSnapshot),
        diff,
        remember,
        everyMilliseconds: () => 60_000,
        settleMilliseconds: 200,
      },
      context,
    );
}

function dated(drives: readonly DriveFacts[], at: number): DriveSnapshot {
  return drives.slice(0, mostDrives).map((drive) => ({ drive, since: isoTime(at) }));
}

/** The past lends each drive whose state has not changed the time since when it has been so. */
export function remember(before: DriveSnapshot | undefined, now: DriveSnapshot): DriveSnapshot {
  const known = byKey(before);
  return now.map(({ drive, since }) => {
    const old = known.get(keyOf(drive));
    return { drive, since: old && isSameState(old.drive, drive) ? old.since : since };
  });
}

/** Pure. Only the state and the method count: another mount point is no news about encryption. */
export function diff(before: DriveSnapshot | undefined, now: DriveSnapshot): Change[] {
  const known = byKey(before);
  const present = byKey(now);
  const gone = [...known]
    .filter(([key]) => !present.has(key))
    .map(([, { drive }]): Change => ({ kind: 'drive.removed', data: { drive } }));
  const changed = now.flatMap(({ drive, since }): Change[] => {
    const old = known.get(keyOf(drive))?.drive;
    if (old && isSameState(old, drive)) return [];
    const previous = old && { previous: old.encryption };
    return [{ kind: 'drive.encryption-changed', data: { drive, ...previous, since } }];
  });
  return [...gone, ...changed];
}

function isSameState(one: DriveFacts, other: DriveFacts): boolean {
  return one.encryption === other.encryption && one.method === other.method;
}

function keyOf(drive: DriveFacts): string {
  return `${drive.use} ${drive.name}`;
}

function byKey(snapshot: DriveSnapshot | undefined): Map<string, DriveSnapshot[number]> {
  return new Map(snapshot?.map((known) => [keyOf(known.drive), known]));
}
