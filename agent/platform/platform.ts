import type { Inventory, Stopper, WatcherName } from '#shared/events/agent.ts';
import type { EnforcementFactory } from '../enforcement/enforcement.ts';
import type { Scanning } from '../scanning/scanner.ts';
import type { Look, Unsupported, WatcherFactory } from '../watchers/watcher.ts';
import type { Presence } from './presence.ts';

/** What an operating system has to offer the agent. Everything it cannot do has its place, and says why. */
export interface Platform {
  readonly os: 'linux' | 'windows' | 'darwin';
  /** Whether the agent runs with the rights to see the whole computer. */
  readonly privileged: boolean;
  /** Changes at every start of the computer, and only then. */
  bootId(): string;
  uptimeMilliseconds(): number;
  /** Who asks the agent to stop, asked while it does; `unknown` where that cannot be told. */
  stopper(): Promise<Stopper>;
  readonly watchers: Record<WatcherName, WatcherFactory | Unsupported>;
  /** How denied rights are carried out. */
  readonly enforcement: EnforcementFactory | Unsupported;
  /** How media are looked at by an antivirus. */
  readonly scanning: Scanning | Unsupported;
  /** Who is at the computer, and what it is connected to. */
  readonly presence: Presence | Unsupported;
  readonly inventory: (() => Promise<Look<Inventory>>) | Unsupported;
}
