import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Lab } from '../lab.ts';
import { partsEnvironment } from './packages.ts';
import { CannotBuild } from './steps.ts';

/** What the guest's kernel may load. Modules they need come along. */
export const moduleNames = [
  // The machine itself.
  'virtio_pci virtio_net virtio_console xhci_pci ehci_pci floppy mmc_block',
  // Devices.
  'usb_storage uas sd_mod sr_mod sg usbhid hid_generic evdev snd_usb_audio ftdi_sio cdc_ether cdc_acm usbnet rndis_host',
  // File systems, with the tables of characters that FAT wants.
  'vfat nls_cp437 nls_ascii nls_utf8 nls_iso8859_1 exfat ext4 isofs udf fuse crc32c_generic crc32c_intel overlay',
  // Encryption.
  'dm_mod dm_crypt xts ecb essiv authenc sha512_generic af_alg algif_skcipher algif_hash aesni_intel loop',
  // USB devices made by the guest itself, with any name and any mixture of functions.
  'dummy_hcd libcomposite usb_f_mass_storage usb_f_hid usb_f_acm usb_f_ecm configfs',
].flatMap((line) => line.split(' '));
/** Driver of the card reader. Loaded by the test alone, because that is what puts the card in. */
export const cardReader = 'sdhci_pci';

/** Where those modules are among 400 MB of others. */
const wanted = [
  './boot/vmlinuz-*',
  './lib/modules/*/modules.*',
  ...['arch', 'block', 'crypto', 'fs', 'lib', 'net/core', 'sound/core', 'sound/usb', 'sound/soundcore.ko']
    .concat(
      'ata block cdrom char hid input mmc md net/mii.ko net/usb scsi usb virtio'
        .split(' ')
        .map((one) => `drivers/${one}`),
    )
    .concat('drivers/net/virtio_net.ko', 'drivers/net/net_failover.ko', 'drivers/media/mc')
    .map((place) => `./lib/modules/*/kernel/${place}`),
];

/** Unpacks the kernel's package, keeps the named modules and the kernel itself, and drops the rest. */
export function extractKernel(lab: Lab): void {
  const folder = mkdtempSync(join(lab.folder, 'kernel-'));
  try {
    const file = readdirSync(lab.packages).find((name) => name.startsWith('linux-image'));
    if (!file) throw new CannotBuild(`There is no kernel package in ${lab.packages}.`);
    const script = 'file=$1; shift; dpkg-deb --fsys-tarfile "$file" | tar -x --wildcards "$@"';
    execFileSync('sh', ['-c', script, 'unpack', join(lab.packages, file), ...wanted], { cwd: folder });
    const release = readdirSync(join(folder, 'lib', 'modules'))[0] ?? '';
    depmod(lab, folder, release);
    keepModules(join(folder, 'lib', 'modules', release), join(lab.modules, 'lib', 'modules', release));
    depmod(lab, lab.modules, release);
    uncompress(join(folder, 'boot', `vmlinuz-${release}`), lab.kernel);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The package ships no index of what needs what. */
function depmod(lab: Lab, base: string, release: string): void {
  const { status } = spawnSync('kmod', ['-b', base, release], { argv0: 'depmod', env: partsEnvironment(lab) });
  if (status !== 0) throw new CannotBuild("The index of the kernel's modules could not be made.");
}

function keepModules(from: string, to: string): void {
  const index = readFileSync(join(from, 'modules.dep'), 'utf8');
  for (const path of withNeeds(parseIndex(index), [...moduleNames, cardReader])) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(from, path), join(to, path));
  }
  for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    cpSync(join(from, list), join(to, list));
  }
}

/** Path of each module and of those it needs, from `modules.dep`. */
function parseIndex(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const [path = '', needs = ''] = line.split(':');
      return [path, needs.split(' ').filter(Boolean)];
    }),
  );
}

/** A name the index does not hold is built into the kernel. */
function withNeeds(index: ReadonlyMap<string, string[]>, names: readonly string[]): Set<string> {
  const wanted = new Set(names);
  const found = [...index.keys()].filter((path) => wanted.has(basename(path, '.ko').replaceAll('-', '_')));
  return new Set(found.flatMap((path) => [path, ...(index.get(path) ?? [])]));
}

const xzStart = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The program inside a bzImage, which QEMU can start directly. @throws CannotBuild when it is packed another way */
function uncompress(image: string, kernel: string): void {
  const bytes = readFileSync(image);
  const start = bytes.indexOf(xzStart);
  if (start < 0) throw new CannotBuild('This kernel is not packed with xz, and the laboratory knows no other way.');
  const packed = `${image}.xz`;
  writeFileSync(packed, bytes.subarray(start));
  // What follows the packed kernel is of another kind, and ignored as of a second stream.
  const output = openSync(kernel, 'w');
  try {
    execFileSync('xz', ['-dc', '--single-stream', packed], { stdio: ['ignore', output, 'inherit'] });
  } finally {
    closeSync(output);
  }
}
