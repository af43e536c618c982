import type { PostureFacts } from '#shared/events/posture.ts';
import { readProfiles } from '../../platform/profiles.windows.ts';
import type { Registry } from '../../platform/windows/registry.ts';

/** Settings of one person who is signed in; undefined is what is not set. */
export interface UserLock {
  /** What a policy forces, which the person cannot change. */
  forced: ScreenSaver;
  own: ScreenSaver;
}
interface ScreenSaver {
  isActive?: boolean;
  isSecure?: boolean;
  seconds?: number;
}
export interface ScreenLockSigns {
  /** Seconds after which the computer locks for everybody, by a policy of the computer. */
  machineSeconds: number | undefined;
  users: UserLock[];
}

const policies = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System';
/** Longest time without a touch after which the screen may still be open. */
const longestSeconds = 15 * 60;

export function readScreenLock(registry: Registry, environment: Record<string, string | undefined>): ScreenLockSigns {
  const machine = registry.value(policies, 'InactivityTimeoutSecs');
  const signedIn = readProfiles(registry, environment).filter(({ isLoaded }) => isLoaded);
  return {
    machineSeconds: typeof machine === 'number' && machine > 0 ? machine : undefined,
    users: signedIn.map(({ sid }) => ({
      forced: readSaver(registry, `HKU\\${sid}\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop`),
      own: readSaver(registry, `HKU\\${sid}\\Control Panel\\Desktop`),
    })),
  };
}

function readSaver(registry: Registry, path: string): ScreenSaver {
  const isOne = (name: string) => {
    const value = registry.value(path, name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) === '1' : undefined;
  };
  const seconds = Number(registry.value(path, 'ScreenSaveTimeOut') ?? Number.NaN);
  const isActive = isOne('ScreenSaveActive');
  const isSecure = isOne('ScreenSaverIsSecure');
  return {
    ...(isActive !== undefined && { isActive }),
    ...(isSecure !== undefined && { isSecure }),
    ...(Number.isSafeInteger(seconds) && { seconds }),
  };
}

/** Pure. The worst setting of anybody counts. Where people choose for themselves a good choice is `unknown`: it may change. */
export function judgeScreenLock({ machineSeconds, users }: ScreenLockSigns): PostureFacts {
  const item = 'screen-lock' as const;
  if (machineSeconds !== undefined && machineSeconds <= longestSeconds) {
    return { item, state: 'good', because: 'A policy of the computer locks it within 15 minutes, for everybody.' };
  }
  if (users.some(({ forced, own }) => !locksInTime({ ...own, ...forced }))) {
    return {
      item,
      state: 'bad',
      because: 'Somebody who is signed in has a screen that does not lock within 15 minutes.',
    };
  }
  if (users.length > 0 && users.every(({ forced }) => locksInTime(forced))) {
    return { item, state: 'good', because: 'A policy locks the screen of everybody signed in within 15 minutes.' };
  }
  return { item, state: 'unknown', because: 'No policy forces a screen lock; each person chooses for themselves.' };
}

/** Windows' own screen saver is on unless it is switched off, and asks for no password unless it is told to. */
function locksInTime({ isActive = true, isSecure = false, seconds = 0 }: ScreenSaver): boolean {
  return isActive && isSecure && seconds > 0 && seconds <= longestSeconds;
}
