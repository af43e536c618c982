import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import type { EventData, EventKind, EventOf, PortcullisEvent } from '#shared/events/kinds.ts';
import { decide } from '#shared/policy/decide.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import type { DemoComputer } from './computers.ts';
import { issuedSticks, ownPhone, strayDisk, strayStick } from './media.ts';

type Told = Omit<PortcullisEvent, 'seq'>;
export type Unnumbered = Told & { at: string };

const hour = 3_600_000;
const bootId = '5f0c3f3a-1d0f-4a8e-9c58-0d6b8f6f2a11';

export interface Day {
  /** Midnight, milliseconds since 1970. */
  start: number;
  /** Days before today. */
  ago: number;
  /** Days before today with which the play begins. */
  oldest: number;
  policy: Policy;
  /** What agents were told of issued media. */
  standing: Standing;
  /** Nothing happens after it. */
  now: number;
}

/** What one computer reports of one day, in order of time. Events of days to come are left out. */
export function eventsOf(computer: DemoComputer, day: Day): Unnumbered[] {
  if (day.ago > computer.enrolledAgo || day.ago < computer.silentAgo) return [];
  const told: Unnumbered[] = [];
  const teller = tellerOf(computer, day, told);
  const random = randomOf(computer.seed * 1000 + day.ago);
  if (day.ago === Math.min(computer.enrolledAgo, day.oldest)) firstStart(computer, teller);
  const weekday = new Date(day.start).getUTCDay();
  if (weekday !== 0 && weekday !== 6) workday(computer, teller, random, day);
  episode(computer, teller, day.ago);
  return told.filter(({ at }) => Date.parse(at) <= day.now).sort((one, other) => one.at.localeCompare(other.at));
}

interface Teller {
  tell<K extends EventKind>(
    hours: number,
    kind: K,
    data: EventData<K>,
    more?: Partial<Pick<EventOf<K>, 'actor' | 'decision'>>,
  ): void;
  /** With the policy's decision about the device. */
  media<K extends 'media.attached' | 'media.mounted' | 'media.changed'>(
    hours: number,
    kind: K,
    data: EventData<K>,
  ): void;
}

function tellerOf({ user }: DemoComputer, { start, policy, standing }: Day, told: Unnumbered[]): Teller {
  const tell: Teller['tell'] = (hours, kind, data, more = {}) => {
    const at = isoTime(Math.round(start + hours * hour));
    told.push({ at, bootId, uptimeMs: Math.round(hours * hour), kind, data, ...more } as unknown as Unnumbered);
  };
  return {
    tell,
    media(hours, kind, data) {
      const facts = 'volume' in data ? { device: data.device, volume: data.volume } : { device: data.device };
      const decision = decide({ policy, version: 1 }, facts, standing, start);
      tell(hours, kind, data, { decision, actor: { user, process: 'gnome-shell' } } as object);
    },
  };
}

function firstStart(computer: DemoComputer, { tell }: Teller): void {
  tell(7.9, 'agent.started', {
    version: '0.1.0',
    os: 'linux',
    privileged: true,
    previousRun: 'first',
    policyVersion: 1,
  });
  tell(7.91, 'inventory.recorded', { inventory: computer.inventory });
  tell(7.92, 'agent.coverage-changed', { coverage: computer.coverage });
  for (const drive of computer.drives)
    tell(7.93, 'drive.encryption-changed', { drive, since: '2026-01-05T09:00:00.000Z' });
  for (const posture of computer.posture) tell(7.94, 'posture.changed', { posture });
  tell(7.95, 'software.listed', { source: 'dpkg', part: 1, parts: 1, software: computer.software });
}

/** Reported lost before the first day; it turns up in an episode and never before. */
const lostStick = issuedSticks[13];

/** What happens on a working day, now and then. Most days of most people are quiet. */
function workday(computer: DemoComputer, teller: Teller, random: Random, day: Day): void {
  const { user, seed } = computer;
  const chance = (percent: number) => random.below(1000) < percent * 10;
  const time = () => 8.5 + random.below(80) / 10;
  const actor = { user, process: 'soffice.bin' };
  // A few people have not taken to the central server yet; it gets better as the weeks go by.
  const savesLocally = seed % 9 === 0 && chance(20 + day.ago / 3);
  if (savesLocally) {
    for (let save = 0; save <= random.below(4); save += 1) {
      const place = random.oneOf(['desktop', 'desktop', 'documents', 'downloads'] as const);
      const extension = random.oneOf(['docx', 'xlsx', 'pdf'] as const);
      teller.tell(
        time(),
        'document.saved',
        { place, extension, sizeBytes: 20_000 + random.below(900_000), nameHash: random.word(43) },
        { actor },
      );
    }
  }
  for (let save = 0; save < random.below(3); save += 1) {
    teller.tell(
      time(),
      'document.saved',
      { place: 'shared', extension: 'docx', sizeBytes: 24_000 + random.below(90_000), nameHash: random.word(43) },
      { actor },
    );
  }
  const issued = issuedSticks[seed % 40];
  if (issued && issued !== lostStick && chance(5)) plug(teller, time(), issued.device, volumeOf('encrypted'), 'issued');
  if (chance(0.5))
    plug(teller, time(), strayStick(random), volumeOf(random.oneOf(['plain', 'plain', 'encrypted'])), 'unregistered');
  if (seed % 20 === 3 && chance(1)) plug(teller, time(), strayDisk, volumeOf('plain'), 'unregistered');
  if (seed % 6 === 1 && chance(4)) {
    const device = ownPhone(seed);
    const at = time();
    teller.media(at, 'media.attached', { device, volumes: [], presentAtStart: false });
    teller.tell(at + 1.5, 'media.removed', { device });
  }
  if (chance(0.5)) install(teller, time(), random.oneOf(wanted));
  if (chance(2)) update(computer, teller, time(), random);
  if (chance(0.1)) lapse(teller, time());
}

/** What a Monday morning finds in each organisation: told of certain computers on certain days, whatever the dice say. */
function episode({ index, user }: DemoComputer, teller: Teller, ago: number): void {
  const actor = { user, process: 'gnome-shell' };
  switch (`${index} ${ago}`) {
    case '28 1':
    case '39 1':
      if (lostStick) plug(teller, 16.2, lostStick.device, volumeOf('encrypted'), 'lost');
      return;
    case '14 1':
    case '49 1':
      plug(teller, 14.2, strayStick(randomOf(index)), volumeOf('plain'), 'unregistered');
      return;
    case '5 25':
    case '47 25':
      install(teller, 10.4, wanted[0]);
      return;
    case '6 50':
    case '48 50':
      install(teller, 11.7, wanted[3]);
      return;
    case '11 2':
    case '44 2':
    case '20 6':
    case '46 6':
    case '2 12':
    case '50 12':
    case '9 40':
    case '52 40':
      teller.tell(11.1, 'agent.tampered', {
        what: 'policy-file',
        because: 'The signature of the stored policy does not verify.',
      });
      return;
    case '16 3':
    case '42 3':
      teller.media(9.3, 'media.attached', {
        device: strayDisk,
        volumes: [volumeOf('plain')],
        presentAtStart: false,
        register: 'unregistered',
      });
      teller.tell(
        9.4,
        'media.scanned',
        {
          device: strayDisk,
          result: 'infected',
          infected: 2,
          files: 412,
          bytes: 910_000_000,
          unread: 0,
          engine: 'ClamAV 1.4.1',
          durationMs: 41_000,
        },
        { actor },
      );
      return;
    case '4 2':
    case '45 2':
      writeRecords(teller, actor);
      return;
    default:
  }
}

/** A list of clients, counted and never read out, on a stick that nobody issued. The numbers are of the range 999. */
function writeRecords(teller: Teller, actor: { user: string; process: string }): void {
  const device = strayStick(randomOf(3));
  const volume = { ...volumeOf('plain'), mountPoint: '/media/usb/USB DISK', readOnly: false };
  const file = {
    device,
    volume,
    nameHash: 'l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE',
    extension: 'xlsx',
    sizeBytes: 24_576,
  };
  plug(teller, 15, device, volumeOf('plain'), 'unregistered');
  teller.tell(15.1, 'media.file-written', file, { actor });
  const inspection = {
    detector: 'portcullis-1',
    status: 'inspected' as const,
    identifiers: { nhsNumber: { high: 60, medium: 0, low: 0, test: 0 } },
    band: '50-99' as const,
  };
  const found = {
    inspection,
    drill: false,
    isBulk: true,
    seenOnShared: 'yes' as const,
    authorisation: 'none' as const,
  };
  teller.tell(15.2, 'media.file-inspected', { ...file, ...found, register: 'unregistered' }, { actor });
}

function plug(
  teller: Teller,
  at: number,
  device: DeviceFacts,
  volume: VolumeFacts,
  register: 'issued' | 'unregistered' | 'lost',
): void {
  teller.media(at, 'media.attached', { device, volumes: [volume], presentAtStart: false, register });
  const mounted = { ...volume, mountPoint: `/media/usb/${volume.label ?? 'disk'}`, readOnly: false };
  teller.media(at + 0.01, 'media.mounted', { device, volume: mounted, register });
  teller.tell(at + 0.6, 'media.unmounted', { device, volume });
  teller.tell(at + 0.61, 'media.removed', { device });
}

function volumeOf(encryption: 'encrypted' | 'plain'): VolumeFacts {
  const common = { name: 'sda1', filesystem: 'vfat', sizeBytes: 15_727_591_424 };
  return encryption === 'encrypted'
    ? { ...common, label: 'FOCUS', encryption, method: 'luks2' }
    : { ...common, label: 'USB DISK', encryption };
}

type Wanted = readonly [name: string, version: string, publisher: string];
const wanted: readonly [Wanted, Wanted, Wanted, Wanted, ...Wanted[]] = [
  ['zoom', '6.2.11', 'Example Video'],
  ['spotify-client', '1.2.48', 'Example Music'],
  ['anydesk', '6.4.0', 'Example Remote'],
  ['dropbox', '2024.04', 'Example Sync'],
  ['audacity', '3.2.4', 'Debian Multimedia Maintainers'],
];

function install({ tell }: Teller, at: number, [name, version, publisher]: Wanted): void {
  tell(at, 'software.installed', {
    software: { source: 'dpkg', name, version, publisher, architecture: 'amd64' },
    approval: 'unapproved',
  });
}

function update({ software }: DemoComputer, { tell }: Teller, at: number, random: Random): void {
  const title = software[random.below(software.length)];
  if (!title) return;
  const version = `${title.version}+u${random.below(3)}`;
  tell(at, 'software.updated', {
    software: { ...title, version },
    previousVersion: title.version,
    approval: 'approved',
  });
}

/** The antivirus is down for an hour. */
function lapse({ tell }: Teller, at: number): void {
  const item = 'antivirus' as const;
  const bad = { item, state: 'bad' as const, because: 'The service clamav-daemon is not running.' };
  const good = {
    item,
    state: 'good' as const,
    what: 'ClamAV (clamav-daemon)',
    because: 'The service is active and its signatures are of today.',
  };
  tell(at, 'posture.changed', { posture: bad, previous: 'good' });
  tell(at + 1, 'posture.changed', { posture: good, previous: 'bad' });
}
