import type { Stats } from 'node:fs';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { Actor } from '#shared/events/event.ts';
import type { FileSignal } from '../../platform/file-signals.ts';
import type { Attached } from '../watcher.ts';

/** A volume in use on a removable medium. */
export interface Medium {
  device: DeviceFacts;
  volume: VolumeFacts;
  /** Where its files are, as the system names the place. */
  root: string;
}

/** What a source tells its signals to. No function of it throws. */
export interface MediaFileSink {
  file(signal: FileSignal): void;
  /** Signals were lost: every medium has to be gone through. */
  lost(): void;
  coverageChanged(): void;
}

/** The operating system's half of the watcher. */
export interface MediaFileSource {
  /** Resolves when signals can flow. Never rejects: what cannot be watched is told by the coverage. */
  listen(sink: MediaFileSink): Promise<{ stop(): Promise<void> }>;
  /** Watches the volumes in use of these media, and no others. @returns those that are watched from now on */
  cover(attached: readonly Attached[]): Promise<Medium[]>;
  /** The medium on which a file lies, if it is watched. */
  mediumOf(path: string): Medium | undefined;
  /** Who owns the file, as the best guess at who wrote it. */
  ownerOf(stats: Stats, path: string): Actor | undefined;
  /** Every medium that is watched. */
  media(): readonly Medium[];
  coverage(): Coverage[];
}
