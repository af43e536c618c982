import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeBitLockerSigns } from '../fakes/bitlocker-image.ts';
import { writeTestVirus } from '../fakes/test-virus.ts';
import type { Lab } from './lab.ts';
import { partsEnvironment } from './prepare/packages.ts';

const mebibyte = 1024 * 1024;
/** What stands in `canary.txt` of most images: who can read it has got through. */
export const canary = 'canary: nobody may read this without a right to\n';
/** Opens the LUKS images. */
export const passphrase = 'a test passphrase';

/** What an image holds. All are small; the machine's disks are of their size. */
export const imageNames = [
  'fat32',
  'fat-whole',
  'exfat',
  'ntfs',
  'ext4',
  'luks1',
  'luks2',
  'bitlocker',
  'without-signature',
  'disc',
  'disc-infected',
  'floppy',
  'card',
  'small',
] as const;
export type ImageName = (typeof imageNames)[number];

export function imageFile(lab: Lab, name: ImageName): string {
  return join(lab.images, `${name}.img`);
}

/** Makes every image without root, loop devices or mounts. */
export function makeImages(lab: Lab): void {
  mkdirSync(join(lab.images, 'files'), { recursive: true });
  const canaryFile = join(lab.images, 'files', 'canary.txt');
  writeFileSync(canaryFile, canary);
  const file = (name: ImageName) => imageFile(lab, name);
  const tool = (name: string, args: string[], input?: string) => {
    execFileSync(name, args, { env: partsEnvironment(lab), stdio: ['pipe', 'ignore', 'pipe'], input: input ?? '' });
  };
  const fat = (name: ImageName, megabytes: number, label: string, bits: number) => {
    makeBlank(file(name), megabytes * mebibyte);
    tool('mkfs.fat', ['-F', `${bits}`, '-n', label, file(name)]);
    tool('mcopy', ['-i', file(name), canaryFile, '::canary.txt']);
  };
  const luks = (name: ImageName, type: string) => {
    makeBlank(file(name), 32 * mebibyte);
    const quick = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
    tool('cryptsetup', ['luksFormat', '-q', '--type', type, ...quick, '--key-file', '-', file(name)], passphrase);
  };

  fat('fat32', 40, 'STICK', 32);
  partition(file('fat32'), 0x0c);
  fat('fat-whole', 40, 'WHOLE', 32);
  fat('card', 63, 'CARD', 32);
  partition(file('card'), 0x0c);
  fat('small', 4, 'SMALL', 12);
  makeBlank(file('floppy'), 1440 * 1024);
  tool('mkfs.fat', ['-F', '12', '-n', 'FLOPPY', file('floppy')]);
  tool('mcopy', ['-i', file('floppy'), canaryFile, '::canary.txt']);
  makeBlank(file('exfat'), 32 * mebibyte);
  tool('mkfs.exfat', ['-L', 'EXFAT', file('exfat')]);
  makeBlank(file('ntfs'), 32 * mebibyte);
  tool('mkntfs', ['-F', '-Q', '-L', 'NTFS', file('ntfs')]);
  makeBlank(file('ext4'), 32 * mebibyte);
  tool('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'EXT4', '-d', join(lab.images, 'files'), file('ext4')]);
  luks('luks1', 'luks1');
  luks('luks2', 'luks2');
  makeBlank(file('bitlocker'), 32 * mebibyte);
  writeBitLockerSigns(file('bitlocker'));
  writeFileSync(file('without-signature'), randomBytes(8 * mebibyte));
  const disc = (name: ImageName, label: string, folder: string) =>
    tool('genisoimage', ['-quiet', '-J', '-R', '-V', label, '-o', file(name), join(lab.images, folder)]);
  disc('disc', 'DISC', 'files');
  mkdirSync(join(lab.images, 'infected'));
  writeTestVirus(join(lab.images, 'infected', 'letter.txt'));
  disc('disc-infected', 'INFECTED', 'infected');
}

/** A copy a test may write on. Sparse, so that it costs little. */
export function copyImage(lab: Lab, name: ImageName, folder: string): string {
  const copy = join(folder, `${name}-${randomBytes(4).toString('hex')}.img`);
  copyFileSync(imageFile(lab, name), copy);
  return copy;
}

function makeBlank(file: string, bytes: number): void {
  writeFileSync(file, '');
  truncateSync(file, bytes);
}

const sector = 512;
const firstSector = 2048;

/** Turns the image of a file system into that of a disk with one partition. */
function partition(file: string, type: number): void {
  const inside = readFileSync(file);
  const table = Buffer.alloc(sector);
  table.writeUInt8(type, 446 + 4);
  table.writeUInt32LE(firstSector, 446 + 8);
  table.writeUInt32LE(inside.length / sector, 446 + 12);
  table.writeUInt16LE(0xaa55, 510);
  makeBlank(file, firstSector * sector + inside.length);
  const disk = openSync(file, 'r+');
  try {
    writeSync(disk, table, 0, sector, 0);
    writeSync(disk, inside, 0, inside.length, firstSector * sector);
  } finally {
    closeSync(disk);
  }
}
