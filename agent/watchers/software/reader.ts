import type { Software } from '#shared/events/software.ts';
import type { SoftwareSource } from './snapshot.ts';

/** One package manager, or another way by which programs come onto the computer. */
export interface Reader {
  /** Its line on the coverage page: `dpkg`, `executables in user folders`. */
  readonly area: string;
  readonly sources: readonly SoftwareSource[];
  readonly how: string;
  /** What always escapes it, each a plain sentence. */
  readonly limits: readonly string[];
  /** Where a change is a sign: a folder and the names in it that matter, any when there are none. */
  readonly signs: readonly Sign[];
  /** Cheap. Another text whenever the titles may be others; undefined when this computer has no such thing. */
  fingerprint(): Promise<string | undefined>;
  /** Everything installed, or `busy` while it is just being changed. @throws when it could not be read */
  read(): Promise<Reading>;
}
export interface Sign {
  /** A folder; on Windows a key of the registry. */
  folder: string;
  names?: readonly string[];
}
export type Reading = 'busy' | { titles: Software[]; limits: string[] };
