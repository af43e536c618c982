import type { Ground } from './ground.ts';

/** What a fault may leave behind; all else the checker takes for an error. */
export interface Allowed {
  /** Events may be lost, if it is told: `spool-full`, `spool-damaged`. */
  losses?: boolean;
  /** Rules of the collector's own alerts that it may raise. */
  alerts?: string[];
  /** Programs may end by themselves and are started again, as the service manager does. */
  accidents?: boolean;
  /** Most memory of the collector, in bytes. */
  collectorMemory?: number;
  /** Text of the spool's events at most, in bytes. */
  spoolBytes?: number;
}

/** One thing that can go wrong, done to real programs. Whatever it did, the runner mends it and the checker looks. */
export interface Fault {
  name: string;
  /** In a sentence. */
  about: string;
  /** Needs the library of preload.c. */
  preload?: boolean;
  /** Why it cannot be tried on this computer. */
  cannot?(): string | undefined;
  run(ground: Ground): Promise<Allowed>;
}
