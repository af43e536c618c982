import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { EventData, EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import { decide } from '#shared/policy/decide.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { type Random, randomOf } from '../fakes/random.ts';
import type { EventSource } from '../fakes/simulated-agent.ts';

/**
 * How saved documents lie. `allowed`: in places the profile has nothing against, so that only the odd event raises an
 * alert. `forbidden`: every save is a violation, as in an estate that has just begun to look.
 */
export type Saves = 'allowed' | 'forbidden';

type Make = (random: Random) => { kind: EventKind; data: EventData<EventKind>; decided?: DeviceFacts };
const places = {
  allowed: ['shared', 'removable', 'temporary'],
  forbidden: ['desktop', 'documents', 'downloads', 'local-fixed'],
} as const;
const titles = ['hello', 'vlc', 'gimp', 'zoom', 'teamviewer', 'libreoffice-writer', 'firefox-esr'] as const;

/** In 1000 events. */
const shares: Record<Exclude<keyof typeof makers, 'save'>, number> = {
  attach: 20,
  change: 20,
  mount: 20,
  unmount: 20,
  remove: 20,
  update: 80,
  install: 20,
  uninstall: 20,
  posture: 60,
  condition: 60,
  drive: 10,
  coverage: 5,
  inventory: 5,
};

export const mixText =
  '64 % document.saved, 10 % media.*, 12 % software.*, 6 % posture.changed, 6 % agent.condition-changed, 1 % drive.encryption-changed, 1 % coverage and inventory';

const makers = {
  save: (random: Random, saves: Saves) => ({
    kind: 'document.saved' as const,
    data: {
      place: random.oneOf(places[saves]),
      extension: random.oneOf(['docx', 'xlsx', 'pdf', 'csv']),
      sizeBytes: random.below(4_000_000),
      nameHash: random.word(43),
    },
  }),
  attach(random: Random) {
    const device = stick(random);
    return {
      kind: 'media.attached' as const,
      data: { device, volumes: [volume(random)], presentAtStart: false },
      decided: device,
    };
  },
  change(random: Random) {
    const device = stick(random);
    return { kind: 'media.changed' as const, data: { device, volumes: [volume(random)] }, decided: device };
  },
  mount(random: Random) {
    const device = stick(random);
    const mounted = { ...volume(random), mountPoint: '/media/staff/WARD', readOnly: false };
    return { kind: 'media.mounted' as const, data: { device, volume: mounted }, decided: device };
  },
  unmount: (random: Random) => ({
    kind: 'media.unmounted' as const,
    data: { device: stick(random), volume: volume(random) },
  }),
  remove: (random: Random) => ({ kind: 'media.removed' as const, data: { device: stick(random) } }),
  update: (random: Random) => ({
    kind: 'software.updated' as const,
    data: {
      software: title(random),
      previousVersion: `1.${random.below(90)}.0-1`,
      approval: 'approved' as const,
    },
  }),
  install: (random: Random) => ({
    kind: 'software.installed' as const,
    data: { software: title(random), approval: random.oneOf(['approved', 'approved', 'unapproved'] as const) },
  }),
  uninstall: (random: Random) => ({ kind: 'software.removed' as const, data: { software: title(random) } }),
  posture: (random: Random) => ({
    kind: 'posture.changed' as const,
    data: {
      posture: {
        item: random.oneOf(['antivirus', 'screen-lock', 'firewall'] as const),
        state: random.oneOf(['good', 'good', 'good', 'unknown', 'bad'] as const),
        what: 'ClamAV (clamav-daemon)',
        because: 'The service clamav-daemon is active and its signatures are of today.',
      },
      previous: 'unknown' as const,
    },
  }),
  condition: (random: Random) => ({
    kind: 'agent.condition-changed' as const,
    data: {
      condition: random.oneOf(['clock-differs', 'refused-by-collector', 'spool-nearly-full'] as const),
      raised: random.below(4) === 0,
      because: 'The collector takes events again.',
    },
  }),
  drive: () => ({
    kind: 'drive.encryption-changed' as const,
    data: {
      drive: {
        name: 'dm-0',
        use: 'filesystem' as const,
        filesystem: 'ext4',
        mountPoints: ['/'],
        sizeBytes: 255_000_000_000,
        encryption: 'encrypted' as const,
        method: 'luks2' as const,
      },
      since: '2026-11-21T09:00:00.000Z',
    },
  }),
  coverage: () => ({
    kind: 'agent.coverage-changed' as const,
    data: {
      coverage: (['usb', 'phones', 'memory cards', 'home folders', 'dpkg', 'antivirus'] as const).map((area) => ({
        watcher: 'removable-media' as const,
        area,
        state: 'watching' as const,
        how: 'kernel uevents and a look every 30 seconds',
        limits: [],
      })),
    },
  }),
  inventory: (random: Random) => ({
    kind: 'inventory.recorded' as const,
    data: {
      inventory: {
        hostname: `FOC-LT-${random.below(300)}`,
        manufacturer: 'Example',
        model: 'Notebook 14',
        osName: 'Debian GNU/Linux',
        osVersion: '12',
        disks: [{ model: 'Example NVMe', sizeBytes: 256_000_000_000, type: 'NVMe' }],
      },
    },
  }),
};

/** What a computer of an invented estate reports: the same seed gives the same events. @param seed of this computer */
export function eventSource(seed: number, saves: Saves, policy: Policy, start: number): EventSource {
  const random = randomOf(seed);
  const bootId = '5f0c3f3a-1d0f-4a8e-9c58-0d6b8f6f2a11';
  const actor = { user: `staff${seed}`, uid: 1000 + seed, process: 'soffice.bin' };
  return (seq) => {
    const { decided, ...made }: ReturnType<Make> = pick(random, saves);
    const stamp = { seq, at: isoTime(start + seq * 1000 + random.below(1000)), bootId, uptimeMs: 60_000 + seq * 1000 };
    const decision = decided && { decision: decide({ policy, version: 1 }, { device: decided }, null, start) };
    const who = made.kind === 'document.saved' && { actor };
    return { ...stamp, kind: made.kind, ...who, ...decision, data: made.data } as PortcullisEvent;
  };
}

function pick(random: Random, saves: Saves): ReturnType<Make> {
  let drawn = random.below(1000);
  for (const [name, share] of Object.entries(shares) as [keyof typeof shares, number][]) {
    drawn -= share;
    if (drawn < 0) return makers[name](random);
  }
  return makers.save(random, saves);
}

function stick(random: Random): DeviceFacts {
  return {
    class: 'usb-storage',
    bus: 'usb',
    vendorId: '0781',
    productId: '5581',
    vendor: 'Example',
    product: 'Example Stick',
    // A staff member has a handful of sticks, not a new one at each plug.
    serial: `EX00000000${random.below(4)}`,
    serialTrust: 'device',
    interfaces: ['08:06:50'],
    port: '1-4',
    sizeBytes: 15_728_640_000,
  };
}

function volume(random: Random) {
  const encryption = random.oneOf(['encrypted', 'encrypted', 'encrypted', 'plain'] as const);
  const method = encryption === 'encrypted' ? { method: 'luks2' as const } : {};
  return { name: 'sdb1', label: 'WARD', filesystem: 'vfat', sizeBytes: 15_727_591_424, encryption, ...method };
}

function title(random: Random) {
  const version = `2.${random.below(90)}.0-1`;
  return { source: 'dpkg' as const, name: random.oneOf(titles), version, architecture: 'amd64' };
}
