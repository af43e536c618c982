import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { Outcome } from '#shared/policy/decision.ts';
import type { StorageUnit } from '../watchers/watcher.ts';

/**
 * How much of a device or a volume its user is left, least first. `held`: the agent alone may use it, to find out what
 * it is or to have it scanned.
 */
export const accesses = ['refused', 'held', 'read-only', 'full'] as const;
export type Access = (typeof accesses)[number];

/** What a decision comes to for the system that carries it out. */
export interface Wish {
  /** The system may talk to the device at all, be it only to charge it. */
  connect: boolean;
  access: Access;
  /** Programs on it may be started. */
  execute: boolean;
}

/** An attached device and what is to become of it. */
export interface Ruled {
  /** `deviceKey` of it. */
  key: string;
  device: DeviceFacts;
  wish: Wish;
  /** By the name of the volume; a volume not named follows the device. */
  volumes: ReadonlyMap<string, Wish>;
  /** What is waited for while it is held, in a sentence. */
  holds?: string;
}

/** What the system said after it was told. */
export interface CarriedOut {
  outcome: Outcome;
  volumes: ReadonlyMap<string, Outcome>;
  /** What another hand had taken back since the last time, in a sentence. It was put right again, where it could be. */
  undone?: string;
}

export type EnforcementMode = 'report' | 'enforce';

/**
 * The operating system's half of enforcement. No call throws for what the system lacks or refuses: that is an outcome.
 * Calls are made one after the other.
 */
export interface Enforcement {
  /**
   * `enforce`: from now on a new device waits outside until it is carried out. `report`: the former state is restored.
   * Costs nothing when it stands so already; one that failed is tried again.
   */
  setMode(mode: EnforcementMode): Promise<void>;
  /**
   * Puts right what another hand changed so that new devices would be let in without a decision. Called after every
   * look, once that is recorded: nobody waits for it. Nothing in mode `report`.
   * @returns what had been taken back, each a sentence
   */
  guard(): Promise<string[]>;
  /**
   * Asks a storage device that waits outside what it offers, while it stays out of everybody's reach; takes a second at
   * most. Undefined in mode `report`, and where it gives no answer.
   */
  identify(device: DeviceFacts): Promise<StorageUnit[] | undefined>;
  /** Brings every attached device to what is wished, and reads back. Must be told of all that is attached, each time. */
  carryOut(ruled: readonly Ruled[]): Promise<Map<string, CarriedOut>>;
  /** Reads and plans as for carrying out, and does nothing. Undefined in mode `report`. */
  rehearse?(ruled: Ruled): CarriedOut | undefined;
  /**
   * Restores the former state, because the agent stops on purpose, or died and will not run again.
   * @returns whether there was anything to restore
   */
  release(): Promise<boolean>;
  /** What is enforced here, by which mechanism, and what cannot be. */
  coverage(): Coverage[];
}

export interface EnforcementContext {
  clock: Clock;
  log: Logger;
  /** Files and folders the agent itself lives from: the disks that hold them are never touched. */
  ownPaths: readonly string[];
}

export type EnforcementFactory = (context: EnforcementContext) => Enforcement;
