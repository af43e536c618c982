import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { errorCode, errorMessage } from '#shared/errors.ts';
import type { Coverage, WatcherName } from '#shared/events/agent.ts';
import type { Actor } from '#shared/events/event.ts';
import type { EventData, EventKind } from '#shared/events/kinds.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { Inspections } from '../identifiers/inspections.ts';

/** Something a watcher saw happen. The recorder adds number, clocks and decision and makes an event of it. */
export type Change = { [K in EventKind]: ChangeOf<K> }[EventKind];
export interface ChangeOf<K extends EventKind> {
  kind: K;
  data: EventData<K>;
  actor?: Actor;
}

/** One physical device with what is on it. */
export interface Attached {
  device: DeviceFacts;
  volumes: readonly VolumeFacts[];
}

/** What a storage device offers by itself, whether or not it is let in. */
export interface StorageUnit {
  kind: 'disk' | 'optical';
  /** The medium can be taken out, as the unit says (RMB). */
  removable: boolean;
}

/** The answer of looking at the system. A failed look is never an empty one. */
export type Look<S> = { ok: true; seen: S } | { ok: false; error: LookError };
export interface LookError {
  /** Short machine word, safe to log: `ENOENT`, `timeout`, `unreadable`. */
  code: string;
  /** Plain sentence for the coverage page. */
  says: string;
}

export function lookFailed(error: unknown, what: string): { ok: false; error: LookError } {
  return { ok: false, error: { code: errorCode(error), says: `${what}: ${errorMessage(error)}`.slice(0, 250) } };
}

export interface WatcherContext {
  clock: Clock;
  log: Logger;
  /** Policy in force at this moment, or null before the first one arrived. Ask each time; it can change. */
  policy(): Policy | null;
  /** How things stand by what the collector told last, or null before it told anything. Ask each time, as for the policy. */
  standing(): Standing | null;
  /**
   * Puts changes on disk in order, together with what the watcher wants to remember, all or nothing: after a crash
   * the two still agree, so nothing is told twice and nothing is missed. Synchronous; throws when the disk does not take it.
   */
  record(changes: readonly Change[], memory?: unknown): void;
  /**
   * Decides about what is attached and carries that out, before it is recorded. Gives the changes back with what came
   * of them, and more of them where something turned out otherwise than before. Never throws. Absent where nothing is
   * to be carried out.
   */
  act?(changes: readonly Change[], attached: readonly Attached[]): Promise<readonly Change[]>;
  /**
   * Asks a storage device that is kept waiting what it offers; undefined where nothing is kept waiting, or when it gives
   * no answer. Never throws.
   * @param how `mayWait`: one that is refused as it stands is not asked yet, so that its refusal is recorded at once
   */
  identify?(device: DeviceFacts, how: { mayWait: boolean }): Promise<StorageUnit[] | undefined>;
  /** Looks into files for identifiers of people; absent where that cannot be done. */
  inspections?: Inspections;
  /** Media that are connected, with their volumes in use, as they were last recorded. */
  attached?(): readonly Attached[];
  /** What was last remembered, or undefined at first run. Comes from disk: check it. */
  recall(): unknown;
  /** To be called when `coverage()` would now answer otherwise. */
  coverageChanged(): void;
}

/** One thing watched. Constructing does nothing; `start` resolves after the first look and does not throw for what the system lacks. */
export interface Watcher {
  readonly name: WatcherName;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks again at once, for example because the policy changed; resolves when what was found is recorded. */
  check(): Promise<void>;
  /** Told when what is connected, or in use, was recorded to be another. Must not throw. */
  mediaChanged?(): void;
  /** What is really watched right now. Never empty. */
  coverage(): Coverage[];
}

export type WatcherFactory = (context: WatcherContext) => Watcher;

/** The honest place of what a platform cannot do, or cannot do yet. */
export interface Unsupported {
  unsupported: string;
}
export function unsupported(why: string): Unsupported {
  return { unsupported: why };
}
