import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';

/** What was found out; `gnome` and `kde` only where that desktop is installed. */
export interface ScreenLockSigns {
  desktops: string[];
  gnome?: ForcedSettings | undefined;
  /** Settings of the computer first, then of each user who has some. */
  kde?: Map<string, string>[] | undefined;
}
/** Settings of dconf's system databases and which of them users cannot change. */
export interface ForcedSettings {
  values: Map<string, string>;
  locked: Set<string>;
}

/** Longest time without a touch after which the screen may still be open. */
const longestIdleMinutes = 15;
/**
 * Pure. Without a desktop the state is `unknown`, not `good`: text consoles can be left open too and nothing tells
 * whether they are, so an analyst decides once for servers. Where users choose for themselves it is `unknown` too.
 */
export function judgeScreenLock({ desktops, gnome, kde }: ScreenLockSigns): PostureFacts {
  const item = 'screen-lock' as const;
  if (desktops.length === 0) {
    return { item, state: 'unknown', because: 'No graphical desktop is installed; text consoles are not judged.' };
  }
  const verdicts = desktops.map((desktop) => {
    if (desktop === 'GNOME' && gnome) return judgeGnome(gnome);
    if (desktop === 'KDE Plasma' && kde) return judgeKde(kde);
    return { state: 'unknown' as const, because: `The settings of ${desktop} cannot be read by the agent.` };
  });
  const worst = (['bad', 'unknown', 'good'] as const).flatMap((state) =>
    verdicts.filter((each) => each.state === state),
  )[0];
  const what = cleanText(desktops.join(', '));
  return { item, what, ...(worst ?? { state: 'unknown', because: 'Nothing was found out.' }) };
}

type Verdict = Pick<PostureFacts, 'state' | 'because'>;

const lockKey = 'org/gnome/desktop/screensaver/lock-enabled';
const delayKey = 'org/gnome/desktop/screensaver/lock-delay';
const idleKey = 'org/gnome/desktop/session/idle-delay';

function judgeGnome({ values, locked }: ForcedSettings): Verdict {
  if (!locked.has(`/${lockKey}`) || !locked.has(`/${idleKey}`)) {
    return { state: 'unknown', because: 'GNOME leaves the screen lock to each user; no system setting forces it.' };
  }
  const idle = secondsOf(values.get(idleKey)) ?? 300;
  const delay = secondsOf(values.get(delayKey)) ?? 0;
  if (values.get(lockKey) === 'false' || idle === 0) return { state: 'bad', because: 'GNOME is set never to lock.' };
  return judgeMinutes('GNOME', (idle + delay) / 60, 'and users cannot change that');
}

/** `uint32 300` or `300`. */
function secondsOf(value: string | undefined): number | undefined {
  const digits = /^(?:uint32 )?(\d{1,9})$/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** KDE locks after five minutes unless told otherwise. The worst setting of any user counts. */
function judgeKde([system = new Map<string, string>(), ...users]: Map<string, string>[]): Verdict {
  const all = [system, ...users.map((user) => new Map([...system, ...user]))].map((settings) => ({
    locks: settingOf(settings, 'Autolock') !== 'false',
    minutes: Number(settingOf(settings, 'Timeout') ?? 5),
  }));
  if (all.some(({ locks, minutes }) => !locks || minutes === 0)) {
    return { state: 'bad', because: 'KDE Plasma is set never to lock, by the computer or by a user.' };
  }
  return judgeMinutes('KDE Plasma', Math.max(...all.map(({ minutes }) => minutes)), 'for everybody');
}

/** A mark `[$i]` behind the key means that users cannot change it, so it comes first. */
function settingOf(settings: ReadonlyMap<string, string>, key: string): string | undefined {
  return settings.get(`Daemon/${key}[$i]`) ?? settings.get(`Daemon/${key}`);
}

function judgeMinutes(desktop: string, minutes: number, whom: string): Verdict {
  return minutes <= longestIdleMinutes
    ? { state: 'good', because: `${desktop} locks within ${longestIdleMinutes} minutes, ${whom}.` }
    : { state: 'bad', because: `${desktop} waits longer than ${longestIdleMinutes} minutes before it locks.` };
}
