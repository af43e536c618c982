import type { DeviceFacts } from '#shared/device/facts.ts';
import type { Coverage, Inventory } from '#shared/events/agent.ts';
import { newKeyPair, signer } from '#shared/identity.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { setAlertState } from '../../../collector/alerting/alerts.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { fillAlert, fillComputer, fillEvent, reportFacts, reportStatus } from './filling.ts';
import type { TestStore } from './site.ts';

const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  vendor: 'SanDisk',
  product: 'Ultra',
  serial: '4C530001230923117331',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '1-4',
  sizeBytes: 30_752_636_928,
};
const phone: DeviceFacts = {
  class: 'phone',
  bus: 'usb',
  vendor: 'Example',
  product: 'Phone 9',
  serialTrust: 'blank',
  interfaces: ['06:01:01'],
  port: '1-2',
};

const coverage: Coverage[] = [
  { watcher: 'removable-media', area: 'usb', state: 'watching', how: 'Kernel messages (netlink)', limits: [] },
  {
    watcher: 'document-saves',
    area: 'home folders',
    state: 'degraded',
    how: 'inotify on 812 folders',
    limits: ['Saves in folders made in the last second may be found only by the next rescan.'],
  },
  {
    watcher: 'drive-encryption',
    area: 'fixed drives',
    state: 'watching',
    how: 'Mount table and LUKS headers',
    limits: [],
  },
  {
    watcher: 'removable-media',
    area: 'floppy',
    state: 'unsupported',
    how: 'This computer has no floppy drive.',
    limits: [],
  },
  {
    watcher: 'software',
    area: 'snap',
    state: 'failed',
    how: 'snapd does not answer.',
    limits: ['Snaps are not seen.'],
  },
];
const inventory: Inventory = {
  hostname: 'FOC-LT-014',
  manufacturer: 'Example',
  model: 'Notebook 14',
  serial: 'EX123456',
  chassis: 'Notebook',
  portable: true,
  osName: 'Debian GNU/Linux',
  osVersion: '12',
  processor: 'Example 5 Pro',
  memoryBytes: 16_000_000_000,
  disks: [{ model: 'Example SSD', sizeBytes: 512_110_190_592, type: 'NVMe' }],
};

/** A Monday morning of an organisation that is invented from end to end. @returns ids for pages to open */
export async function inventedMonday(context: TestStore['context'], analyst: string) {
  const text = profileText('focus');
  const policy = loadPolicy(text);
  const now = context.clock.now();
  await publishPolicy(context.store, signer(newKeyPair().privateKeyPem), {
    text,
    reason: 'test',
    publishedBy: 'test',
    now,
  });
  const ago = (minutes: number) => now - minutes * 60_000;
  const laptop = await fillComputer(context, 'FOC-LT-014');
  const desk = await fillComputer(context, 'FOC-PC-031');
  const others = [];
  for (const name of ['FOC-LT-002', 'FOC-LT-027', 'FOC-PC-008', 'FOC-PC-112', 'FOC-RECEPTION-1']) {
    others.push(await fillComputer(context, name));
  }
  await reportFacts(context, laptop, { coverage, inventory, os: 'linux' });
  await reportStatus(context, laptop, { ago: 12_000, events: 214, conditions: ['watcher-failed'] });
  await reportStatus(context, desk, { ago: 5_000 });
  for (const [index, other] of others.entries()) await reportStatus(context, other, { ago: index * 40 * 3_600_000 });
  const [lt2 = laptop, lt27 = laptop, pc8 = desk, pc112 = desk, reception = desk] = others;

  const plain = {
    name: 'sdb1',
    label: 'BACKUP',
    filesystem: 'vfat',
    sizeBytes: 30_752_000_000,
    encryption: 'plain' as const,
  };
  const facts = { device: stick, volume: plain };
  const decision = decide({ policy, version: 1 }, facts, null, now);
  const outcome = {
    state: 'unsupported' as const,
    mechanism: 'udev rule',
    because: 'This version records and does not block.',
  };
  const more = { actor: { user: 'jordan.example' }, decision, outcome };
  const attached = await fillEvent(
    context,
    laptop,
    'media.attached',
    { device: stick, volumes: [plain], presentAtStart: false },
    { ...more, at: ago(42), receivedAt: ago(2) },
  );
  const mounted = await fillEvent(
    context,
    laptop,
    'media.mounted',
    { device: stick, volume: { ...plain, mountPoint: '/media/jordan/BACKUP', readOnly: false } },
    { ...more, at: ago(41), receivedAt: ago(2) },
  );
  const drive = {
    name: 'sda2',
    use: 'filesystem' as const,
    filesystem: 'ext4',
    mountPoints: ['/'],
    sizeBytes: 511_000_000_000,
    encryption: 'plain' as const,
  };
  const unencrypted = await fillEvent(context, laptop, 'drive.encryption-changed', {
    drive,
    since: new Date(ago(900)).toISOString(),
  });
  await fillEvent(context, laptop, 'drive.encryption-changed', {
    drive: { ...drive, name: 'dm-0', mountPoints: ['/home'], encryption: 'encrypted', method: 'luks2' },
    since: new Date(ago(900)).toISOString(),
  });
  await fillEvent(context, laptop, 'posture.changed', {
    posture: { item: 'antivirus', state: 'bad', because: 'No known antivirus service is running.' },
  });
  await fillEvent(context, laptop, 'posture.changed', {
    posture: {
      item: 'firewall',
      state: 'good',
      what: 'nftables',
      because: 'A rule set with a dropping policy is loaded.',
    },
  });
  const saved = [];
  for (let save = 0; save < 6; save += 1) {
    saved.push(
      await fillEvent(
        context,
        desk,
        'document.saved',
        {
          place: 'desktop',
          extension: 'docx',
          sizeBytes: 24_576,
          nameHash: 'l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE',
        },
        { at: ago(30 + save) },
      ),
    );
  }
  const software = await fillEvent(context, desk, 'software.installed', {
    software: { source: 'dpkg', name: 'example-torrent', version: '4.1.0' },
    approval: 'unapproved',
  });
  const charging = await fillEvent(
    context,
    lt27,
    'media.attached',
    { device: phone, volumes: [], presentAtStart: true },
    { at: ago(190) },
  );

  const media = await fillAlert(context, laptop, {
    title: 'Unencrypted removable medium in use',
    severity: 'high',
    clause: 'focus 3.6',
    ruleId: 'media-unencrypted',
    kind: 'media.mounted',
    seqs: [attached, mounted],
    at: ago(41),
  });
  const list = [
    await fillAlert(context, laptop, {
      title: 'Laptop drive is not encrypted',
      severity: 'high',
      clause: 'focus 3.6',
      ruleId: 'drive-plain',
      kind: 'drive.encryption-changed',
      seqs: [unencrypted],
      at: ago(900),
    }),
    await fillAlert(context, desk, {
      title: 'Document saved outside the central server',
      severity: 'low',
      clause: 'focus 4.4',
      ruleId: 'document-local',
      kind: 'document.saved',
      seqs: saved,
      at: ago(30),
    }),
    await fillAlert(context, desk, {
      title: 'Software that nobody approved was installed',
      severity: 'medium',
      clause: 'focus 4.3',
      ruleId: 'software-unapproved',
      kind: 'software.installed',
      seqs: [software],
      at: ago(75),
    }),
    await fillAlert(context, lt27, {
      title: 'Phone or tablet connected',
      severity: 'low',
      clause: 'focus 4.6',
      ruleId: 'media-phone',
      seqs: [charging],
      at: ago(190),
    }),
    await fillAlert(context, pc8, {
      title: 'Antivirus is not running',
      severity: 'medium',
      clause: 'focus 3.6',
      ruleId: 'posture-antivirus',
      kind: 'posture.changed',
      at: ago(400),
    }),
    await fillAlert(context, lt2, {
      title: 'Removable medium connected',
      severity: 'low',
      clause: 'focus 4.6',
      at: ago(55),
    }),
    await fillAlert(context, pc112, {
      title: 'The policy file of the agent was changed by another hand',
      severity: 'critical',
      clause: 'focus 3.6',
      ruleId: 'agent-tampered',
      kind: 'agent.tampered',
      at: ago(12),
    }),
    await fillAlert(context, reception, {
      title: 'Memory card connected',
      severity: 'low',
      clause: 'focus 4.6',
      at: ago(3000),
    }),
    await fillAlert(context, lt2, {
      title: 'Document saved outside the central server',
      severity: 'low',
      clause: 'focus 4.4',
      ruleId: 'document-local',
      kind: 'document.saved',
      seqs: [null, null, null],
      at: ago(2900),
    }),
  ];
  context.clock.advance(60_000);
  const at = context.clock.now();
  await setAlertState(context.store, {
    alertId: list[2] ?? media,
    accountId: analyst,
    action: 'acknowledged',
    note: null,
    at,
  });
  await setAlertState(context.store, {
    alertId: media,
    accountId: analyst,
    action: 'noted',
    note: 'Rang reception.\nJordan is looking for the stick.',
    at,
  });
  return { laptop, desk, media, list };
}
