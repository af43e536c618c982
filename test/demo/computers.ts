import type { Coverage, Inventory } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import type { Software } from '#shared/events/software.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import { people } from './people.ts';

/** A computer of the estate, and what its agent says of it at its first start. */
export interface DemoComputer {
  /** Place in the list of all, by which some are unlike the others. */
  index: number;
  seed: number;
  user: string;
  /** Days before today on which it was enrolled, and on which it was last heard of. */
  enrolledAgo: number;
  silentAgo: number;
  inventory: Inventory;
  drives: DriveFacts[];
  posture: PostureFacts[];
  software: Software[];
  coverage: Coverage[];
}

const laptops = [
  ['HP', 'EliteBook 840 G9'],
  ['Lenovo', 'ThinkPad L14 Gen 4'],
  ['Dell', 'Latitude 5440'],
] as const;
const desktops = [
  ['Dell', 'OptiPlex 7010'],
  ['HP', 'ProDesk 400 G9'],
] as const;
const computerCount = 60;
/** Computers that have not been heard of, with days. */
const silences = new Map([
  [7, 4],
  [23, 9],
  [41, 31],
]);

function computer(index: number): DemoComputer {
  const random = randomOf(4000 + index);
  const portable = index % 3 !== 2;
  const [make, model] = portable ? (laptops[index % 3] ?? laptops[0]) : (desktops[index % 2] ?? desktops[0]);
  const number = String(index + 1).padStart(3, '0');
  const hostname = index === 59 ? 'FOC-RECEPTION-1' : `FOC-${portable ? 'LT' : 'PC'}-${number}`;
  const old = index % 11 === 4;
  return {
    index,
    seed: 9000 + index,
    user: people[index]?.user ?? 'reception',
    enrolledAgo: index < 52 ? 90 : 90 - (index - 51) * 8,
    silentAgo: silences.get(index) ?? 0,
    inventory: {
      hostname,
      manufacturer: make,
      model,
      serial: `EX${random.word(8).toUpperCase().replaceAll(/[-_]/g, '7')}`,
      chassis: portable ? 'Notebook' : 'Desktop',
      portable,
      osName: 'Debian GNU/Linux',
      osVersion: old ? '11' : '12',
      kernel: old ? '5.10.0-28-amd64' : '6.1.0-26-amd64',
      processor: portable ? 'Intel Core i5-1345U' : 'Intel Core i5-12500',
      memoryBytes: 16_000_000_000,
      disks: [{ model: 'Samsung PM9A1', sizeBytes: 512_110_190_592, type: 'NVMe' }],
    },
    drives: drives(index),
    posture: posture(index, old),
    software: software(random, index),
    coverage: coverage(portable, index),
  };
}

function drives(index: number): DriveFacts[] {
  const isPlain = index % 19 === 5;
  const root: DriveFacts = {
    name: isPlain ? 'nvme0n1p2' : 'dm-0',
    use: 'filesystem',
    filesystem: 'ext4',
    mountPoints: ['/'],
    sizeBytes: 511_000_000_000,
    ...(isPlain ? { encryption: 'plain' as const } : { encryption: 'encrypted' as const, method: 'luks2' as const }),
  };
  const swap: DriveFacts = {
    ...root,
    name: isPlain ? 'nvme0n1p3' : 'dm-1',
    use: 'swap',
    mountPoints: [],
    sizeBytes: 16_000_000_000,
  };
  return [root, swap];
}

function posture(index: number, old: boolean): PostureFacts[] {
  const noAntivirus = index % 23 === 8;
  const noLock = index % 17 === 3;
  return [
    noAntivirus
      ? { item: 'antivirus', state: 'bad', because: 'No known antivirus service is running.' }
      : {
          item: 'antivirus',
          state: 'good',
          what: 'ClamAV (clamav-daemon)',
          because: 'The service is active and its signatures are of today.',
        },
    { item: 'firewall', state: 'good', what: 'nftables', because: 'A rule set with a dropping policy is loaded.' },
    noLock
      ? {
          item: 'screen-lock',
          state: 'bad',
          what: 'GNOME',
          because: 'Locking is switched off in the settings of the desktop.',
        }
      : { item: 'screen-lock', state: 'good', what: 'GNOME', because: 'The screen locks after 5 minutes.' },
    old
      ? {
          item: 'os-support',
          state: 'bad',
          what: 'Debian 11 (bullseye)',
          because: 'Its support has ended.',
          supportEnds: '2026-08-31',
        }
      : {
          item: 'os-support',
          state: 'good',
          what: 'Debian 12 (bookworm)',
          because: 'It is supported.',
          supportEnds: '2028-06-30',
        },
  ];
}

const build: readonly (readonly [name: string, version: string, publisher: string])[] = [
  ['libreoffice-writer', '4:7.4.7-1+deb12u5', 'Debian LibreOffice Maintainers'],
  ['libreoffice-calc', '4:7.4.7-1+deb12u5', 'Debian LibreOffice Maintainers'],
  ['firefox-esr', '128.5.0esr-1~deb12u1', 'Maintainers of Mozilla-related packages'],
  ['chromium', '131.0.6778.85-1~deb12u1', 'Debian Chromium Team'],
  ['thunderbird', '1:128.5.0esr-1~deb12u1', 'Carsten Schoenert'],
  ['clamav-daemon', '1.4.1+dfsg-1~deb12u1', 'ClamAV Team'],
  ['cryptsetup', '2:2.6.1-4~deb12u2', 'Debian Cryptsetup Team'],
  ['gnome-shell', '43.9-0+deb12u2', 'Debian GNOME Maintainers'],
  ['evince', '43.1-2+b1', 'Debian GNOME Maintainers'],
  ['openssh-client', '1:9.2p1-2+deb12u3', 'Debian OpenSSH Maintainers'],
  ['cups', '2.4.2-3+deb12u8', 'Debian Printing Team'],
  ['network-manager', '1.42.4-1', 'Utopia Maintenance Team'],
  ['portcullis-agent', '0.1.0', 'Portcullis'],
  ['systmone-gateway', '8.2.1', 'Example Clinical Systems'],
  ['controcc-client', '24.3', 'Example Care Finance'],
];
const extras: readonly (readonly [name: string, version: string, publisher: string])[] = [
  ['projectplan', '11.0', 'Example Planning'],
  ['gimp', '2.10.34-1+deb12u2', 'Debian GNOME Maintainers'],
  ['vlc', '3.0.21-0+deb12u1', 'Debian Multimedia Maintainers'],
  ['nmap', '7.93+dfsg1-1', 'Debian Security Tools'],
];

function software(random: Random, index: number): Software[] {
  const own = extras.filter((_, place) => (index + place) % 6 === 0 || (place === 0 && index < 14));
  return [...build, ...own].map(([name, version, publisher]) => ({
    source: 'dpkg',
    name,
    version: random.below(9) === 0 ? `${version}+old` : version,
    publisher,
    architecture: 'amd64',
  }));
}

function coverage(portable: boolean, index: number): Coverage[] {
  const media = (area: string, state: Coverage['state'], how: string, limits: string[] = []): Coverage => ({
    watcher: 'removable-media',
    area,
    state,
    how,
    limits,
  });
  const stop = (area: string, state: Coverage['state'], how: string, limits: string[] = []): Coverage => ({
    ...media(area, state, how, limits),
    watcher: 'enforcement',
  });
  return [
    media('usb', 'watching', 'sysfs, by the signals of /dev/bus/usb and the USB package'),
    media('phones and cameras', 'watching', 'sysfs, by the signals of /dev/bus/usb, by interface class'),
    media('memory cards', 'watching', 'signals of /dev; mounts and disks compared every 1.5 seconds'),
    media('floppy', 'watching', 'No floppy drive; a USB one is seen by the signals of /dev.'),
    stop('usb devices', 'idle', 'New devices wait unauthorised until they are decided (authorized_default 0).', [
      'Root can undo it; the agent notices within ten seconds, puts it right and says so.',
    ]),
    stop('phones and cameras', 'idle', 'Interfaces that carry files are not authorised; the device goes on charging.', [
      'They cannot be made read-only; where writing is denied, reading is, too.',
    ]),
    portable
      ? stop('memory cards', 'idle', 'A refused card gets no driver (drivers_autoprobe 0).')
      : stop('memory cards', 'unsupported', 'This computer has no card slot of its own.'),
    {
      watcher: 'drive-encryption',
      area: 'fixed drives',
      state: 'watching',
      how: 'Mount table and LUKS headers',
      limits: [],
    },
    { watcher: 'document-saves', area: 'home folders', state: 'watching', how: 'inotify on 640 folders', limits: [] },
    index % 14 === 6
      ? {
          watcher: 'software',
          area: 'snap',
          state: 'failed',
          how: 'snapd does not answer.',
          limits: ['Snaps are not seen.'],
        }
      : { watcher: 'software', area: 'dpkg', state: 'watching', how: 'The status file, at each change', limits: [] },
    { watcher: 'posture', area: 'antivirus', state: 'watching', how: 'Looked at every 5 minutes', limits: [] },
  ];
}

export const computers: readonly DemoComputer[] = Array.from({ length: computerCount }, (_, index) => computer(index));
