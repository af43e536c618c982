import type { Coverage } from '#shared/events/agent.ts';
import type { LinuxRoots } from '../platform/sysfs.linux.ts';
import { doorsOf } from './doors.linux.ts';
import type { EnforcementMode } from './enforcement.ts';

/** How enforcement stands at this moment. */
export interface Standing {
  mode: EnforcementMode;
  /** Doors that do not close. */
  stuck: string[];
  hasUdev: boolean;
  /** Why it could not be made ready, a machine word. */
  fault?: string;
}

const rootUndoes = 'Root can undo it; the agent notices within ten seconds, puts it right and says so.';
const whenKilled = 'If the agent is killed, new devices, keyboards too, wait until it runs again or is released.';

/** What denied rights come to on this computer, area by area. */
export function enforcementCoverage({ sys }: LinuxRoots, standing: Standing): Coverage[] {
  const doors = doorsOf(sys);
  const hasUsb = doors.some((door) => door.startsWith('bus/usb/'));
  const usb = hasUsb ? usbAreas(standing) : usbAreas(standing).map(({ area }) => absent(area));
  return [...usb, ...otherAreas(doors.includes('bus/mmc/drivers_autoprobe'), standing)].map((line) =>
    inState(line, standing),
  );
}

type Line = Omit<Coverage, 'watcher' | 'state'> & { state?: Coverage['state'] };

function absent(area: string): Line {
  return { area, state: 'unsupported', how: 'This computer has no USB bus.', limits: [] };
}

function usbAreas({ hasUdev }: Standing): Line[] {
  return [
    {
      area: 'usb devices',
      how: 'New devices wait unauthorised until they are decided (authorized_default 0); one that is refused gets no driver.',
      limits: [
        whenKilled,
        rootUndoes,
        'A storage device is first asked what it is, while no driver has it; one that gives no answer is judged as a stick.',
        'One that lies about what it is is found out when its disk appears, and refused then.',
      ],
    },
    {
      area: 'usb storage, read-only',
      how: hasUdev
        ? 'Disk and partitions are made read-only as their nodes appear, by a thread of the agent and by a udev rule; mounts are made read-only and noexec.'
        : 'The read-only flag is set when the disk is seen; mounts are made read-only and noexec.',
      limits: [
        hasUdev
          ? 'A root process that waits for the disk can write until the flag is set; seconds were seen on a busy computer.'
          : 'Udev does not run, so that for parts of a second root could write to it.',
        'Programs are stopped from the moment the mount is seen, at most two seconds after it.',
        'Mounts inside containers are not seen.',
      ],
      ...(hasUdev ? {} : { state: 'degraded' as const }),
    },
    {
      area: 'phones and cameras',
      how: 'Interfaces that carry files are not authorised; the device goes on charging.',
      limits: ['They cannot be made read-only; where writing is denied, reading is, too.'],
    },
  ];
}

function otherAreas(hasCards: boolean, { hasUdev }: Standing): Line[] {
  const cards: Line = hasCards
    ? {
        area: 'memory cards',
        how: 'A refused card gets no driver (drivers_autoprobe 0); read-only by the flag of the disk.',
        limits: hasUdev ? [] : ['Udev does not run, so that for parts of a second root could write to it.'],
      }
    : { area: 'memory cards', state: 'unsupported', how: 'This computer has no card slot of its own.', limits: [] };
  return [
    cards,
    {
      area: 'discs, floppies, loop and other disks',
      how: 'Unmounted, read-only flag, node closed to all but root; a refused disc is ejected.',
      limits: [
        'Acts when the medium is seen, at most two seconds after it (floppies one minute); root can still open it.',
        'A program that burns discs goes past the read-only flag.',
        'Files that were open before stay open to their programs.',
      ],
      state: 'degraded',
    },
  ];
}

function inState({ area, how, limits, state }: Line, { mode, stuck, fault }: Standing): Coverage {
  const common = { watcher: 'enforcement' as const, area, how };
  if (state === 'unsupported') return { ...common, state, limits };
  if (mode === 'report') return { ...common, state: 'idle', limits };
  if (fault !== undefined)
    return { ...common, state: 'failed', limits: [`It could not be made ready (${fault}).`, ...limits] };
  if (stuck.length > 0)
    return { ...common, state: 'failed', limits: [`Does not close: ${stuck.join(', ')}.`.slice(0, 250), ...limits] };
  return { ...common, state: state ?? 'enforcing', limits };
}
