import type { Look } from '../watchers/watcher.ts';

/** What an antivirus said of a folder. */
export interface Scanned {
  /** Files in which something was found. */
  infected: number;
  /** Files it looked into. */
  files: number;
  bytes: number;
  /** Files it could not look into whole: too large, encrypted, unreadable. */
  unread: number;
  /** Name and version: `ClamAV 1.4.6`. */
  engine: string;
  /** Number or day of its signatures, as the engine says it; absent when it does not. */
  signatures?: string;
}

/** An antivirus. To add another one, write this for it and add it to the platform's list. */
export interface Scanner {
  readonly name: string;
  /** Whether it is there and has signatures. Cheap enough to be asked before each scan. */
  available(): Promise<boolean>;
  /** Looks into every file below the folder and changes nothing. */
  scan(folder: string, signal: AbortSignal): Promise<Look<Scanned>>;
}

/** A volume shown to the agent alone. */
export interface OpenedVolume {
  folder: string;
  close(): Promise<void>;
}

/** What scanning needs of the operating system. */
export interface Scanning {
  /** In the order in which they are preferred. */
  scanners: readonly Scanner[];
  /** Shows a volume to the agent and nobody else, so that nothing on it can be started or changed. */
  open(volume: { name: string; filesystem?: string }): Promise<Look<OpenedVolume>>;
}
