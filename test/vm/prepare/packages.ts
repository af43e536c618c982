import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { CannotBuild } from './steps.ts';

/** Downloaded and unpacked into a folder, never installed. The kernel's package carries a version in its name. */
export const partNames = [
  // For the guest.
  'busybox-static',
  'cryptsetup-bin',
  'dmsetup',
  'kmod',
  'libargon2-1',
  'libcryptsetup12',
  'libdevmapper1.02.1',
  'libfuse2',
  'libjson-c5',
  'libntfs-3g89',
  'libpopt0',
  'ntfs-3g',
  'udev',
  // USBGuard, the yardstick of blocking, and what it needs.
  'libglib2.0-0',
  'libpcap0.8',
  'libpolkit-gobject-1-0',
  'libprotobuf32',
  'libqb100',
  'libsodium23',
  'libumockdev0',
  'libusbguard1',
  'usbguard',
  // ClamAV's service, for scanning before use, and what it needs.
  'clamav-daemon',
  'libclamav12',
  'libicu72',
  'libmspack0',
  'libxml2',
  // For making disk images and the guest's first file system here.
  'cpio',
  'dosfstools',
  'exfatprogs',
  'genisoimage',
  'libmagic1',
  'mtools',
];

export function downloadPackages({ packages }: Lab): void {
  mkdirSync(packages, { recursive: true });
  const names = [kernelPackage(), ...partNames];
  const said = spawnSync('apt-get', ['download', '-q', ...names], { cwd: packages, encoding: 'utf8' });
  if (said.status !== 0) {
    throw new CannotBuild(`apt-get could not download the guest's parts. Try "apt-get update". ${said.stderr.trim()}`);
  }
}

/** The package that the current kernel of this Debian really is. */
function kernelPackage(): string {
  const { stdout = '' } = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (!name)
    throw new CannotBuild('apt knows no package linux-image-amd64. Run "apt-get update" on a Debian computer.');
  return name;
}

export function unpackParts({ packages, parts }: Lab): void {
  for (const file of readdirSync(packages)) {
    if (!file.startsWith('linux-image')) execFileSync('dpkg-deb', ['-x', join(packages, file), parts]);
  }
}

/** Environment in which an unpacked tool finds its libraries and its siblings. */
export function partsEnvironment({ parts }: Lab): NodeJS.ProcessEnv {
  const folders = (names: string[]) => names.map((name) => join(parts, name)).join(':');
  return {
    ...process.env,
    PATH: `${folders(['bin', 'sbin', 'usr/bin', 'usr/sbin'])}:${process.env.PATH}:/usr/sbin:/sbin`,
    LD_LIBRARY_PATH: folders(['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']),
  };
}
