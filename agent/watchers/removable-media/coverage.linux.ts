import type { Coverage } from '#shared/events/agent.ts';
import type { LookError } from '../watcher.ts';
import { mostDevices, mostVolumes } from './index.ts';

/** What the last look found that bears on what can be seen. */
export interface Seen {
  hasUsb: boolean;
  /** Disks whose medium can be changed. */
  slots: string[];
  /** More was there than is kept. */
  isCut: boolean;
  /** Volumes that could not be read. */
  unread: number;
}

type Trouble = { look?: LookError; listen?: LookError };
type Line = Omit<Coverage, 'watcher'>;

const signs = 'signals of /dev';
const comparing = 'mounts and disks compared every 1.5 seconds';

/** What is watched on Linux, area by area. */
export function mediaCoverage(seen: Seen, trouble: Trouble): Coverage[] {
  const lines = [
    ...usbAreas(seen),
    opticalArea(seen),
    floppyArea(seen),
    area('memory cards', `${signs}; ${comparing}`, [
      'A USB card reader with one slot and a card in it cannot be told from a memory stick.',
    ]),
    area('other block devices', `${comparing} (loop devices, FireWire, Thunderbolt)`, [
      'Package images of snapd are left out.',
    ]),
    volumeArea(seen),
  ];
  return lines.map((line) => ({ watcher: 'removable-media', ...inTrouble(line, trouble) }));
}

function area(name: string, how: string, limits: string[] = [], state: Coverage['state'] = 'watching'): Line {
  return { area: name, state, how, limits };
}

function usbAreas({ hasUsb }: Seen): Line[] {
  const how = 'sysfs, by the signals of /dev/bus/usb and the USB package';
  return hasUsb
    ? [area('usb', how), area('phones and cameras', `${how}, by interface class`)]
    : ['usb', 'phones and cameras'].map((name) => area(name, 'This computer has no USB bus.', [], 'unsupported'));
}

function opticalArea({ slots }: Seen): Line {
  const has = slots.some((name) => name.startsWith('sr'));
  if (!has) return area('optical', `No disc drive; one plugged in is seen by the ${signs}.`);
  return area('optical', 'size and udev entry of the drive compared every 1.5 seconds', [
    'Where udev does not run, a blank disc may pass unseen.',
  ]);
}

function floppyArea({ slots }: Seen): Line {
  if (!slots.some((name) => name.startsWith('fd'))) {
    return area('floppy', `No floppy drive; a USB one is seen by the ${signs}.`);
  }
  return area(
    'floppy',
    'the drive is asked every minute',
    ['Linux gives no sign of a floppy disk; one that is in for less than a minute may pass unseen.'],
    'degraded',
  );
}

function volumeArea({ isCut, unread }: Seen): Line {
  const limits = [
    'A volume written anew without being mounted is noticed within five minutes.',
    'An encrypted container without a signature, such as VeraCrypt, is unknown until it is opened.',
    ...(isCut ? [`Only the first ${mostDevices} devices and ${mostVolumes} volumes of each are kept.`] : []),
    ...(unread > 0 ? ['Some volumes could not be read; the agent needs root for it.'] : []),
  ];
  return area('volumes', `blkid; ${comparing}`, limits, unread > 0 || isCut ? 'degraded' : 'watching');
}

function inTrouble(line: Line, { look, listen }: Trouble): Line {
  if (line.state === 'unsupported') return line;
  if (look) return { ...line, state: 'failed', limits: [look.says, ...line.limits].slice(0, 8) };
  if (!listen) return line;
  const limits = [listen.says, 'Changes are seen within ten seconds.', ...line.limits].slice(0, 8);
  return { ...line, state: 'degraded', how: 'compared every ten seconds', limits };
}
