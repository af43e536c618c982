import type { Ruled } from './enforcement.ts';
import type { MarkName } from './marks.linux.ts';

/** One thing to do to the system. `gives` says that it opens something, as opposed to closing it. */
export type Action = { gives: boolean } & (
  | { do: 'authorise'; port: string; interfaces: 'open' | 'closed' }
  | { do: 'unauthorise'; port: string }
  | { do: 'open-interfaces' | 'close-interfaces'; names: string[] }
  | { do: 'mark'; place: string; as: MarkName[] }
  | { do: 'bind-card' | 'unbind-card'; card: string }
  | { do: 'unmount'; mountPoint: string }
  | { do: 'remount'; mountPoint: string; options: string[] }
  | { do: 'read-only' | 'writable' | 'close-node' | 'open-node'; name: string }
  | { do: 'eject'; name: string; disc: string }
);

/** What is left to do so that the system is as wished, and what it then is held by. */
export interface Plan {
  actions: Action[];
  /** In words an ICT analyst knows. */
  mechanisms: string[];
  /** Why it is not all done yet though nothing can be done now. */
  waits?: string;
  /** Why less is denied than was asked. */
  spared?: string;
  /** Anything else worth knowing of how it is carried out. */
  note?: string;
  /** The same, volume by volume. */
  volumes: ReadonlyMap<string, Omit<Plan, 'volumes'>>;
}

/** What one plan needs to know beside the facts of the system. */
export interface Circumstance {
  /** Every device that is attached, and what is wished of it. */
  all: readonly Ruled[];
  /** USB devices that were authorised in this very pass: what they are is not fully known yet. */
  fresh: ReadonlySet<string>;
  /** Mounts that could not be made read-only, because something is being written. */
  busy: ReadonlySet<string>;
  /** Discs that were told to come out, by drive and number of the disc. */
  ejected: ReadonlySet<string>;
}

export const nothingToDo: Plan = { actions: [], mechanisms: [], volumes: new Map() };
