import type { Actor } from '#shared/events/event.ts';

export interface FilePath {
  /** Absolute, without `.` and `..`. */
  path: string;
  /** The path's bytes, where they are not UTF-8 and `path` cannot give them back. */
  raw?: Buffer;
  /** Names the entry of its folder even when the folder is moved. Absent: the path does. */
  id?: string;
}

/** Something happened to a file: closed after it was open for writing, put into place under this name, or deleted. */
export interface FileSignal extends FilePath {
  how: 'written' | 'moved' | 'deleted';
  /** Where a moved file was before, if the system tells. */
  from?: FilePath;
  /** Asks where the file is now: folders above it may have been moved since the signal. */
  locate(): FilePath | undefined;
  /** The program at work and its user. */
  actor?: Actor;
}

/** Says of the bytes of a name, without making a string of them, whether it is of interest. May be wrong on the side of yes. */
export type NameFilter = (bytes: Uint8Array, start: number, end: number) => boolean;

/** What signals of files are told to. No function of it throws. */
export interface FileSink {
  /** Asked once for each reading of the kernel's queue. */
  filter(): NameFilter;
  /** Whether files at this path matter. Cheap: asked before anything costly is done. */
  wants(path: string): boolean;
  file(signal: FileSignal): void;
  /** A folder was moved or appeared; `from` is absent when the system does not tell or it was nowhere. */
  folderMoved(to: string, from?: string): void;
  /** Signals were lost: what happened meanwhile has to be looked for. */
  lost(): void;
}
