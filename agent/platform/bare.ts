import { watcherNames } from '#shared/events/agent.ts';
import { type Unsupported, unsupported } from '../watchers/watcher.ts';
import type { Platform } from './platform.ts';

/** A platform of which nothing is built yet: every watcher has its place and says why it is empty. */
export function barePlatform(
  os: Platform['os'],
  why: string,
  { uptimeMilliseconds, startedAt }: { uptimeMilliseconds(): number; startedAt: number },
): Platform {
  const watchers = Object.fromEntries(watcherNames.map((name) => [name, unsupported(why)])) as Record<
    (typeof watcherNames)[number],
    Unsupported
  >;
  return {
    os,
    privileged: false,
    bootId: () => startedWhen(os, startedAt, uptimeMilliseconds()),
    uptimeMilliseconds,
    stopper: async () => 'unknown',
    watchers,
    enforcement: unsupported(why),
    scanning: unsupported(why),
    presence: unsupported(why),
    inventory: unsupported(why),
  };
}

/** Without the system's own word for it, a start of the computer is told by when it was, to the minute. */
export function startedWhen(os: Platform['os'], now: number, uptimeMilliseconds: number): string {
  return `${os}-${Math.round((now - uptimeMilliseconds) / 60_000)}`;
}
