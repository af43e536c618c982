import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readInventoryOnWindows } from '../../../../agent/platform/inventory.windows.ts';
import { ownerReader } from '../../../../agent/platform/owner.windows.ts';
import { presenceOnWindows } from '../../../../agent/platform/presence.windows.ts';
import { readHomes } from '../../../../agent/watchers/document-saves/homes.windows.ts';
import { placeOnWindows } from '../../../../agent/watchers/document-saves/places.windows.ts';
import { watchDriveEncryptionOnWindows } from '../../../../agent/watchers/drive-encryption/windows.ts';
import { watchPostureOnWindows } from '../../../../agent/watchers/posture/windows.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { type FakeWindows, fakeWindows } from '../../../fakes/windows-system.ts';
import { proves } from '../../../support/proofs.ts';

type Words = Record<
  | 'productName'
  | 'defender'
  | 'administrators'
  | 'system'
  | 'bitLocker'
  | 'disk'
  | 'programFiles'
  | 'documentsShown'
  | 'interface',
  string
>;
const fixture: Record<string, Words> = JSON.parse(
  readFileSync(new URL('../../../fixtures/windows/languages.json', import.meta.url), 'utf8'),
);

const sid = 'S-1-5-21-1-2-3-1001';
const currentVersion = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
const firewall = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
const environment = { SystemDrive: 'C:' };

/** One computer, in the words that a Windows of this language has for the things on it. */
function computerIn(language: string): FakeWindows {
  const words = fixture[language];
  if (!words) throw new Error(`no words for ${language}`);
  const system = fakeWindows({
    [currentVersion]: {
      CurrentBuildNumber: '19045',
      UBR: 5000,
      EditionID: 'Professional',
      DisplayVersion: '22H2',
      InstallationType: 'Client',
      ProductName: words.productName,
    },
    [`${currentVersion}\\ProfileList\\${sid}`]: { ProfileImagePath: 'C:\\Users\\anna' },
    [`HKU\\${sid}`]: {},
    [`HKU\\${sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders`]: {
      Personal: '%USERPROFILE%\\Documents',
      LocalizedName: words.documentsShown,
    },
    [`HKU\\${sid}\\Control Panel\\Desktop`]: { ScreenSaveActive: '1', ScreenSaverIsSecure: '0' },
    'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion': {
      ProgramFilesDir: 'C:\\Program Files',
      ProgramFilesShown: words.programFiles,
    },
    [`${firewall}\\DomainProfile`]: { EnableFirewall: 1 },
    [`${firewall}\\StandardProfile`]: { EnableFirewall: 1 },
    [`${firewall}\\PublicProfile`]: { EnableFirewall: 0 },
  });
  system.rows.Win32_EncryptableVolume = [
    {
      DriveLetter: 'C:',
      DeviceID: null,
      ProtectionStatus: 1,
      ConversionStatus: 1,
      EncryptionMethod: 7,
      StatusText: words.bitLocker,
    },
  ];
  system.rows.AntiVirusProduct = [{ displayName: words.defender, productState: 397_568 }];
  system.rows.Win32_DiskDrive = [
    {
      Model: 'SSD',
      Size: '512110190592',
      SerialNumber: 'S1',
      InterfaceType: 'SCSI',
      PNPDeviceID: 'SCSI\\DISK\\1',
      MediaType: words.disk,
    },
  ];
  system.drives = [
    { name: 'C:', root: 'C:\\', type: 'fixed', content: { label: '', filesystem: 'NTFS', readOnly: false } },
  ];
  system.security.ownerOf = () => 'S-1-5-32-544';
  system.security.accountName = (id) => (id === 'S-1-5-32-544' ? words.administrators : words.system);
  system.sessions = { ...system.sessions, atConsole: () => 1, userOf: () => 'EXAMPLE\\anna' };
  system.interfaces = () => [{ name: words.interface, type: 6, isHardware: true }];
  return system;
}

/** What the agent tells of it; names of products are shown as they are and left out here. */
async function toldOf(language: string) {
  const system = computerIn(language);
  const context = fakeContext();
  for (const make of [watchDriveEncryptionOnWindows(system), watchPostureOnWindows(system, environment)]) {
    const watcher = make(context);
    await watcher.start();
    await watcher.stop();
  }
  const homes = readHomes(system.registry, environment);
  const address = { address: '192.0.2.7', netmask: '', family: 'IPv4' as const, mac: '', internal: false, cidr: null };
  const presence = presenceOnWindows(system, () => ({ [fixture[language]?.interface ?? '']: [address] }));
  const inventory = await readInventoryOnWindows(system);
  return {
    changes: context.changes.map((change) =>
      change.kind === 'posture.changed' && change.data.posture.item === 'antivirus'
        ? { ...change, data: { posture: { ...change.data.posture, what: 'the product' } } }
        : change,
    ),
    inventory: inventory.ok ? { osName: inventory.seen.osName, disks: inventory.seen.disks } : inventory,
    owner: ownerReader(system)('C:/Users/anna/Documents/a.docx'),
    place: placeOnWindows('C:/Users/anna/Documents/a.docx', {
      homes,
      drives: new Map([['C:', 'fixed']]),
      systemDrive: 'C:',
    }),
    presence: presence.look(),
  };
}

describe('a Windows that speaks another language', () => {
  test('is a computer of which something is told', async () => {
    const told = await toldOf('en');
    const states = told.changes.flatMap((change) =>
      change.kind === 'posture.changed' ? `${change.data.posture.item} ${change.data.posture.state}` : [],
    );
    expect(states).toEqual(['antivirus good', 'screen-lock bad', 'os-support bad', 'firewall bad']);
    expect(told.changes[0]).toMatchObject({ data: { drive: { name: 'C:', encryption: 'encrypted' } } });
    expect(told).toMatchObject({
      inventory: { osName: 'Windows 10 Professional 22H2', disks: [{ model: 'SSD' }] },
      owner: { sid: 'S-1-5-32-544', user: 'EXAMPLE\\anna' },
      place: 'documents',
      presence: { person: { name: 'EXAMPLE\\anna' }, network: { links: [{ kind: 'physical' }] } },
    });
  });

  test.for(['de', 'fr'])('gives the same: %s', async (language, { task }) => {
    const proof = { os: 'windows', by: 'fixtures' } as const;
    proves(
      task,
      { ...proof, capability: 'drive-encryption', area: 'fixed drives' },
      { ...proof, capability: 'inventory' },
    );
    proves(task, { ...proof, capability: 'posture', area: 'antivirus' }, { ...proof, capability: 'presence' });
    proves(task, { ...proof, capability: 'document-saves', area: 'places' });
    expect(await toldOf(language)).toEqual(await toldOf('en'));
  });

  test('has other words for these things, or the tests above would show nothing', () => {
    const [english = {}, ...others] = Object.values(fixture).filter((one) => typeof one === 'object');
    for (const other of others) {
      const same = Object.entries(english).filter(([key, word]) => other[key as keyof Words] === word);
      expect(same.length).toBeLessThan(3);
    }
  });
});
