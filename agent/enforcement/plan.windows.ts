import type { Leftover } from './outcome.ts';

/** One thing to do to a device of Windows. `gives` says that it opens something, as opposed to closing it. */
export type Action = { gives: boolean } & (
  | { do: 'disable' | 'enable'; id: string }
  | { do: 'read-only' | 'writable'; id: string }
);

/** What is left to do so that the system is as wished, and what it then is held by. */
export interface Plan extends Leftover {
  actions: Action[];
  mechanisms: string[];
  /** The same, volume by volume. */
  volumes: ReadonlyMap<string, Leftover>;
}

/** What the agent changed of devices, and has to give back. */
export interface Changed {
  /** Instance ids of devices it took out of use. */
  disabled: readonly string[];
  /** Instance ids of disks it made read-only. */
  readOnly: readonly string[];
}

/** Whether a policy that Windows takes up at its start has been taken up. */
export type PolicyStanding = 'absent' | 'written' | 'in-force';
