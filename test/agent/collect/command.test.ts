import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import type { Gathered } from '../../../agent/collect/captured.ts';
import { type Manifest, makeCapture, writeCapture } from '../../../agent/collect/command.ts';
import { gatherOnLinux } from '../../../agent/collect/gather.linux.ts';
import { gatherOnWindows } from '../../../agent/collect/gather.windows.ts';
import { isHarmless } from '../../../agent/collect/scrub.ts';
import { linuxTree } from '../../fakes/linux-tree.ts';
import { fakeWindows, nodeOf } from '../../fakes/windows-system.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const clock = { now: () => Date.UTC(2026, 10, 30), monotonic: () => 0 };

async function captureOf(gathered: Gathered) {
  const { zip } = await makeCapture({ gather: async () => gathered, os: 'linux', version: '1.2.3', clock });
  const files = Object.entries(unzipSync(zip)).map(([path, bytes]) => [path, strFromU8(bytes, true)] as const);
  return { files: new Map(files), all: files.flat().join('\n').toLowerCase() };
}

const word = fc.stringMatching(/^[a-zA-Z]{5}[a-zA-Z0-9]{1,12}$/).filter((text) => !isHarmless(text));

describe('a Linux', () => {
  test('gives its devices, and no string of a device, user or file', async () => {
    const secrets = fc.uniqueArray(word, { minLength: 8, maxLength: 8, selector: (text) => text.toLowerCase() });
    await fc.assert(
      fc.asyncProperty(secrets, async ([maker, product, serial, user, label, backing, uuid, host]) => {
        using tree = linuxTree();
        tree.usb('1-4', {
          vendorId: '0951',
          productId: '1666',
          ...{ manufacturer: `${maker}`, product: `${product} ${label}`, serial: `${serial}` },
          interfaces: ['08:06:50'],
          interfaceText: `${product}`,
        });
        const more = { 'loop/backing_file': `/home/${user}/${backing}`, 'device/model': `${product}` };
        tree.disk('sdb', { under: '1-4', removable: true, sizeBytes: 512_000, partitions: { sdb1: 256_000 }, more });
        tree.mount(`8:17 / /media/${user}/${label} rw - vfat /dev/mapper/${host}-${uuid} rw`);
        tree.write('run/udev/data/b8:17', `E:ID_FS_LABEL=${label}\nE:ID_SERIAL=${maker}_${product}_${serial}\n`);
        const { files, all } = await captureOf(await gatherOnLinux(tree.roots));
        for (const secret of [maker, product, serial, user, label, backing, uuid, host])
          expect(all).not.toContain(secret?.toLowerCase());
        const usb = 'capture/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4';
        expect(files.get(`${usb}/idVendor`)).toBe('0951\n');
        expect(files.has(`${usb}/descriptors`)).toBe(true);
        expect(files.get('links.json')).toContain('sys/bus/usb/devices/1-4');
        expect(files.get('capture/proc/self/mountinfo')).toMatch(/^20 1 8:17 \/ \/media\/\w+\/\w+ rw - vfat \/dev/);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe('a Windows', () => {
  test('gives what it answered the agent, and no name of devices, users or programs', async () => {
    const uninstall = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
    const system = fakeWindows({
      [`${uninstall}\\Zahnarztpraxis`]: { DisplayName: 'Geheimprogramm', DisplayVersion: '1.0' },
    });
    system.nodes.push(
      nodeOf({
        id: 'USB\\VID_0951&PID_1666\\001A92053B6A',
        classId: '36fc9e60-c465-11cf-8056-444553540000',
        hardwareIds: ['USB\\VID_0951&PID_1666'],
        reportedName: 'Speicherstift Müller',
      }),
    );
    const gathered = await gatherOnWindows(system, async (recorded) => {
      recorded.devices.present();
      for (const name of recorded.registry.keys(uninstall) ?? []) recorded.registry.values(`${uninstall}\\${name}`);
      recorded.wmi.query('root\\cimv2', 'Win32_Nothing', ['Name']);
    });
    const { files, all } = await captureOf(gathered);
    for (const secret of ['Zahnarztpraxis', 'Geheimprogramm', '001A92053B6A', 'Speicherstift', 'Müller'])
      expect(all).not.toContain(secret.toLowerCase());
    const [call] = JSON.parse(files.get('capture/windows/devices.json') ?? '[]');
    expect(call).toMatchObject({
      part: 'devices',
      call: 'present',
      answer: [{ hardwareIds: ['USB\\VID_0951&PID_1666'] }],
    });
    expect(files.get('capture/windows/registry.json')).toContain('DisplayVersion');
  });
});

test('the manifest lists every file, what is missing is named, and the page says that nothing was sent', async () => {
  const gathered: Gathered = {
    captured: [
      { path: 'sys/a/size', content: 'not a number', kind: 'numbers' },
      { path: 'tools/lsblk', content: '{"name":"Kingston","size":8000000000}', kind: 'json' },
      { path: 'tools/diskutil', content: '<dict><key>VolumeName</key><string>Letters</string></dict>', kind: 'plist' },
      { path: 'tools/lsusb', content: Buffer.alloc(2_000_000), kind: 'text' },
    ],
    links: [],
    missing: [{ what: 'ioreg', why: 'ENOENT' }],
  };
  const { files } = await captureOf(gathered);
  const manifest = JSON.parse(files.get('manifest.json') ?? '') as Manifest;
  expect(manifest.files.map(({ path }) => path)).toEqual([
    'capture/tools/lsblk',
    'capture/tools/diskutil',
    'links.json',
  ]);
  expect(manifest.missing).toEqual([
    { what: 'ioreg', why: 'ENOENT' },
    { what: 'numbers', why: 'notUnderstood' },
    { what: 'text', why: 'notUnderstood' },
  ]);
  expect(JSON.parse(files.get('capture/tools/lsblk') ?? '')).toEqual({
    name: expect.not.stringContaining('Kingston'),
    size: 8e9,
  });
  expect(files.get('capture/tools/diskutil')).toMatch(/^<dict><key>VolumeName<\/key><string>[A-Z][a-z]{6}<\/string>/);
  expect(files.get('README.txt')).toMatch(/Nothing was sent[\s\S]*ioreg: ENOENT/);
});

test('a file of that name is never written over, and others cannot read it', () => {
  const file = join(folder, 'capture.zip');
  writeCapture(file, new Uint8Array([1]));
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(() => writeCapture(file, new Uint8Array([2]))).toThrow(/--out/);
  expect([...readFileSync(file)]).toEqual([1]);
});
