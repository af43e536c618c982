import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { DeviceFacts, deviceKey, VolumeFacts } from '#shared/device/facts.ts';
import { BandCounts } from '#shared/events/document.ts';
import type { EventData } from '#shared/events/kinds.ts';
import { bands } from '#shared/identifiers/inspection.ts';
import { Base64Url, Count, exactObject, Text } from '#shared/schema.ts';
import { totalBytes } from '../told-bytes.ts';
import type { Change, ChangeOf } from '../watcher.ts';
import type { Medium } from './source.ts';

const mostWaiting = 200;
const mostVolumes = 16;

/** A file that was told as written and has no verdict yet. */
const Unread = exactObject({ volume: Text, nameHash: Base64Url, sizeBytes: Type.Optional(Count) });

/** What happened to the files of one medium since it came. Kept on the disk, so that a crash loses none of it. */
export const Session = exactObject({
  device: DeviceFacts,
  volumes: Type.Array(VolumeFacts, { maxItems: mostVolumes }),
  /** Wall-clock times in milliseconds: when it began, and up to when everything is recorded. */
  since: Type.Number(),
  upTo: Type.Number(),
  written: Count,
  renamed: Count,
  deleted: Count,
  bytes: Count,
  bands: BandCounts,
  unread: Type.Array(Unread, { maxItems: mostWaiting }),
  isWhole: Type.Boolean(),
});
export type Session = Type.Static<typeof Session>;
export type Sessions = ReadonlyMap<string, Session>;

/** Pure, as everything here: a medium is in use. */
export function begun(sessions: Sessions, { device, volume }: Medium, now: number): Sessions {
  const key = deviceKey(device);
  const before = sessions.get(key);
  const { mountPoint: _place, ...facts } = volume;
  const volumes = [...(before?.volumes ?? []).filter(({ name }) => name !== volume.name), facts].slice(-mostVolumes);
  const fresh = { since: now, upTo: now, written: 0, renamed: 0, deleted: 0, bytes: 0, bands: {}, unread: [] };
  return new Map(sessions).set(key, { ...fresh, isWhole: true, ...before, device, volumes });
}

/** What the medium's session is after these changes were told. */
export function followed(sessions: Sessions, changes: readonly Change[], now: number): Sessions {
  return changes.reduce((all, change) => {
    if (change.kind === 'media.session') return without(all, deviceKey(change.data.device));
    if (!isOfFile(change)) return all;
    const key = deviceKey(change.data.device);
    const before = all.get(key);
    return before ? new Map(all).set(key, { ...afterFile(before, change), upTo: now }) : all;
  }, sessions);
}

function without(sessions: Sessions, key: string): Sessions {
  return new Map([...sessions].filter(([other]) => other !== key));
}

/** A medium whose signals were lost for a while: its counts are not the whole of it. */
export function interrupted(sessions: Sessions): Sessions {
  return new Map([...sessions].map(([key, session]) => [key, { ...session, isWhole: false }]));
}

export function summary(session: Session, now: number): ChangeOf<'media.session'> {
  const { device, volumes, since, written, renamed, deleted, bytes, isWhole } = session;
  const inspected = bands.reduce((sum, band) => sum + (session.bands[band] ?? 0), 0);
  const data: EventData<'media.session'> = {
    device,
    volumes,
    since: isoTime(since),
    durationMs: Math.max(Math.round(now - since), 0),
    written,
    renamed,
    deleted,
    bytes,
    bands: session.bands,
    notInspected: Math.max(written - inspected, 0),
    isWhole,
  };
  return { kind: 'media.session', data };
}

/** Of files that never got a verdict: why, when the medium is gone. */
export function neverRead(session: Session): ChangeOf<'media.file-not-inspected'>[] {
  const because = session.isWhole ? 'medium-gone' : 'agent-ended';
  return session.unread.flatMap(({ volume: name, ...file }) => {
    const volume = session.volumes.find((one) => one.name === name);
    const data = { device: session.device, ...file, because } as const;
    return volume ? [{ kind: 'media.file-not-inspected', data: { ...data, volume } }] : [];
  });
}

type FileChange = Extract<Change, { kind: `media.file-${string}` }>;

function isOfFile(change: Change): change is FileChange {
  return change.kind.startsWith('media.file-');
}

function afterFile(session: Session, change: FileChange): Session {
  switch (change.kind) {
    case 'media.file-written': {
      const { nameHash, sizeBytes, volume } = change.data;
      const entry = { volume: volume.name, nameHash, ...(sizeBytes !== undefined && { sizeBytes }) };
      const unread = [...readOf(session.unread, nameHash), entry].slice(-mostWaiting);
      return { ...session, written: session.written + 1, bytes: totalBytes([session.bytes, sizeBytes ?? 0]), unread };
    }
    case 'media.file-inspected': {
      const { nameHash, inspection } = change.data;
      const unread = readOf(session.unread, nameHash);
      const { status, band } = inspection;
      if (status !== 'inspected' || band === undefined) return { ...session, unread };
      return { ...session, unread, bands: { ...session.bands, [band]: (session.bands[band] ?? 0) + 1 } };
    }
    case 'media.file-not-inspected':
      return { ...session, unread: readOf(session.unread, change.data.nameHash) };
    case 'media.file-renamed':
      return { ...session, renamed: session.renamed + 1 };
    case 'media.file-deleted':
      return { ...session, deleted: session.deleted + 1 };
  }
}

function readOf(unread: Session['unread'], nameHash: string): Session['unread'] {
  return unread.filter((one) => one.nameHash !== nameHash);
}
