import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { DriveFacts } from '#shared/events/drive.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { checker, exactObject, Text, Time } from '#shared/schema.ts';
import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Change, WatcherFactory } from '../watcher.ts';

export const mostDrives = 256;

/** A drive in use, when its present state of encryption was first seen, and the exception under which it may be so. */
const KnownDrive = exactObject({ drive: DriveFacts, since: Time, exception: Type.Optional(Text) });
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
            if (!look.ok) return look;
            const now = context.clock.now();
            return { ok: true, seen: dated(look.seen, now, exceptionAt(context.standing(), now)) };
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

/** Number of the exception that holds on this computer at this moment. Pure. */
function exceptionAt(standing: Standing | null, now: number): string | undefined {
  return standing?.approvals.find(
    ({ kind, from, to }) => kind === 'encryption' && Date.parse(from) <= now && now < Date.parse(to),
  )?.id;
}

function dated(drives: readonly DriveFacts[], at: number, exception: string | undefined): DriveSnapshot {
  return drives.slice(0, mostDrives).map((drive) => ({
    drive,
    since: isoTime(at),
    ...(exception !== undefined && isOpen(drive) && { exception }),
  }));
}

/** Known to be readable by whoever holds the drive. An exception says nothing of what cannot be told. */
function isOpen({ encryption }: DriveFacts): boolean {
  return encryption === 'plain' || encryption === 'suspended';
}

/** The past lends each drive whose state has not changed the time since when it has been so. */
export function remember(before: DriveSnapshot | undefined, now: DriveSnapshot): DriveSnapshot {
  const known = byKey(before);
  return now.map((seen) => {
    const old = known.get(keyOf(seen.drive));
    return old && isSameState(old.drive, seen.drive) ? { ...seen, since: old.since } : seen;
  });
}

/** Pure. Only the state, the method and an exception count: another mount point is no news about encryption. */
export function diff(before: DriveSnapshot | undefined, now: DriveSnapshot): Change[] {
  const known = byKey(before);
  const present = byKey(now);
  const gone = [...known]
    .filter(([key]) => !present.has(key))
    .map(([, { drive }]): Change => ({ kind: 'drive.removed', data: { drive } }));
  const changed = now.flatMap(({ drive, since, exception }): Change[] => {
    const old = known.get(keyOf(drive));
    const isSame = old !== undefined && isSameState(old.drive, drive);
    if (isSame && old.exception === exception) return [];
    const previous = old && { previous: old.drive.encryption };
    const excepted = exception !== undefined && { authorisation: 'approved' as const, approval: exception };
    const data = { drive, ...previous, since: isSame ? old.since : since, ...excepted };
    return [{ kind: 'drive.encryption-changed', data }];
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
