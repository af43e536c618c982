import type { Stats } from 'node:fs';
import type { Coverage } from '#shared/events/agent.ts';
import type { PathClass } from '#shared/events/document.ts';
import type { Actor } from '#shared/events/event.ts';
import type { FilePath } from '../../platform/file-signals.ts';

/**
 * A sign that a document may have been saved. `written`: closed after it was open for writing. `moved`: put into place
 * under this name. `appeared`: created or put into place, and perhaps still being written. `touched`: changed in some
 * way, perhaps only its attributes, and perhaps still changing. `found`: a rescan came upon it and its time says that
 * it was saved meanwhile.
 */
export interface SaveSignal extends FilePath {
  how: 'written' | 'moved' | 'appeared' | 'touched' | 'found';
  /** Where a moved file was before, if the system tells. */
  from?: FilePath;
  /** Asks where the file is now: folders above it may have been moved since the signal. */
  locate?(): FilePath | undefined;
  /** The writing process and its user. Absent: the file's owner is taken. */
  actor?: Actor;
}

/** What a source tells its signals to. No function of it throws. */
export interface SaveSink {
  /** Extensions looked for now. The same set object until they change. */
  extensions(): ReadonlySet<string>;
  /** Whether documents in this folder, or at this path, are recorded now. Cheap: to be asked before anything costly is done. */
  wants(path: string): boolean;
  saved(signal: SaveSignal): void;
  /** A folder was moved or appeared; `from` is absent when the system does not tell or it was nowhere. */
  folderMoved(to: string, from?: string): void;
  /** Signals were lost: what happened since the last record has to be looked for. */
  lost(): void;
  coverageChanged(): void;
  /** A document in a shared place was opened or saved. */
  sharedSeen(path: string): void;
  /** Some may have been missed. @param isWatched whether they are seen from now on */
  sharedMissed(isWatched: boolean): void;
}

/** The operating system's half of the watcher. */
export interface SaveSource {
  /** Resolves when signals flow. Rejects only when nothing can be watched at all. */
  listen(sink: SaveSink): Promise<{ stop(): Promise<void> }>;
  /** The kind of place a path lies in; null for places of programs and of the system. */
  placeOf(path: string): PathClass | null;
  /** Folders from which a rescan reaches every place watched. */
  roots(): string[];
  /** Each user's home folder, for `~` in the policy. The same array until homes change. */
  homes(): readonly string[];
  /** Who owns the file, as the best guess at who saved it. */
  ownerOf(stats: Stats, path: string): Actor | undefined;
  /** Whether a path is that of the folder or below it, where this system compares them in a way of its own. */
  isWithin?(path: string, folder: string): boolean;
  /** Whether a file's data lies elsewhere and would be fetched by opening it: it was not saved here, and is not opened. */
  isPlaceholder?(path: string): boolean;
  /** Whether other work has the processors, and whether they run on a battery: a sweep then waits. */
  isBusy(): Promise<boolean>;
  isOnBattery(): Promise<boolean>;
  /** How often to rescan although no signal was seen to be lost, in milliseconds; null when signals can be relied upon. */
  rescanEveryMilliseconds(): number | null;
  coverage(): Coverage[];
}
