import type { PostureFacts } from '#shared/events/posture.ts';
import { flagAt, numberAt, type PlistDict, parseDict } from '../../platform/darwin/plist.ts';
import type { Tools } from '../../platform/darwin/tools.ts';

/** What a profile of the organisation forces upon the screen; absent members are not forced. */
export interface ScreenLockSigns {
  /** Seconds without a touch after which the screen saver comes; 0: never. */
  idleSeconds?: number;
  asksForPassword?: boolean;
  /** Seconds of screen saver during which no password is asked for. */
  delaySeconds?: number;
  /** Minutes without a touch after which the Mac locks, by a passcode policy. */
  lockMinutes?: number;
}

const longestSeconds = 15 * 60;
/** Where macOS writes down what profiles force; people cannot write there. */
const managed = '/Library/Managed Preferences';

/** Settings of the whole Mac, then those of each person, which go before them. */
export async function readScreenLock(tools: Tools, people: readonly string[]): Promise<ScreenLockSigns[]> {
  const read = async (folder: string): Promise<ScreenLockSigns> => {
    const saver = await tools.run('defaults', ['export', `${folder}/com.apple.screensaver`, '-']);
    const passcode = await tools.run('defaults', ['export', `${folder}/com.apple.mobiledevice.passwordpolicy`, '-']);
    return {
      ...(saver.ok && parseScreenSaver(saver.seen)),
      ...(passcode.ok && parsePasscode(passcode.seen)),
    };
  };
  const all = await read(managed);
  const own = [];
  for (const name of people.slice(0, 64)) own.push({ ...all, ...(await read(`${managed}/${name}`)) });
  return own.length > 0 ? own : [all];
}

/** Pure. A domain that is not there is exported as an empty dictionary. */
export function parseScreenSaver(xml: string): ScreenLockSigns {
  const dict = parseDict(xml);
  const idleSeconds = numberAt(dict, 'idleTime');
  const asksForPassword = isOn(dict, 'askForPassword');
  const delaySeconds = numberAt(dict, 'askForPasswordDelay');
  return {
    ...(idleSeconds !== undefined && { idleSeconds }),
    ...(asksForPassword !== undefined && { asksForPassword }),
    ...(delaySeconds !== undefined && { delaySeconds }),
  };
}

function isOn(dict: PlistDict, key: string): boolean | undefined {
  const number = numberAt(dict, key);
  return flagAt(dict, key) ?? (number === undefined ? undefined : number !== 0);
}

/** Pure. */
export function parsePasscode(xml: string): ScreenLockSigns {
  const lockMinutes = numberAt(parseDict(xml), 'maxInactivity');
  return lockMinutes === undefined ? {} : { lockMinutes };
}

/** Pure. The worst of anybody counts. Without a profile each person chooses for themselves, which may change: unknown. */
export function judgeScreenLock(everybody: readonly ScreenLockSigns[]): PostureFacts {
  const item = 'screen-lock' as const;
  const verdicts = everybody.map(verdictOf);
  if (verdicts.includes('bad')) {
    return { item, state: 'bad', because: 'A profile leaves the screen open for longer than 15 minutes.' };
  }
  if (verdicts.length > 0 && verdicts.every((verdict) => verdict === 'good')) {
    return { item, state: 'good', because: 'A profile locks the screen within 15 minutes.' };
  }
  return { item, state: 'unknown', because: 'No profile forces a screen lock; each person chooses for themselves.' };
}

function verdictOf({
  idleSeconds,
  asksForPassword,
  delaySeconds = 0,
  lockMinutes,
}: ScreenLockSigns): 'good' | 'bad' | 'unknown' {
  if (lockMinutes !== undefined && lockMinutes > 0 && lockMinutes * 60 <= longestSeconds) return 'good';
  if (asksForPassword === false || idleSeconds === 0) return 'bad';
  if (idleSeconds === undefined || asksForPassword === undefined) return 'unknown';
  return idleSeconds + delaySeconds <= longestSeconds ? 'good' : 'bad';
}
