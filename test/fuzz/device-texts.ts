import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseBits } from '../../agent/enforcement/inputs.linux.ts';
import { parseSwaps as parseNeededSwaps } from '../../agent/enforcement/needed.linux.ts';
import { parsePasswd } from '../../agent/platform/accounts.linux.ts';
import { parseStatus } from '../../agent/platform/actor.linux.ts';
import { parseSignature } from '../../agent/platform/blkid.linux.ts';
import { parseWriteLocks } from '../../agent/platform/files.linux.ts';
import { parseChassisCode } from '../../agent/platform/inventory.linux.ts';
import { parseMounts } from '../../agent/platform/mounts.linux.ts';
import { expand } from '../../agent/platform/profiles.windows.ts';
import { parseSearchDomains } from '../../agent/platform/resolv-conf.ts';
import { parseSession } from '../../agent/platform/sessions.linux.ts';
import { parseHostLine } from '../../agent/platform/windows/host-lines.ts';
import { plainPath } from '../../agent/platform/windows/paths.ts';
import { parseClamscan } from '../../agent/scanning/clamscan.ts';
import { versionOf } from '../../agent/scanning/version.ts';
import { cloudFolderName } from '../../agent/watchers/document-saves/places.ts';
import { parseSwaps } from '../../agent/watchers/drive-encryption/swaps.linux.ts';
import { parseSignatureTime } from '../../agent/watchers/posture/antivirus.linux.ts';
import { iptablesFilters, isUfwEnabled, nftFilters } from '../../agent/watchers/posture/firewall.linux.ts';
import { judgeSupport, parseOsRelease } from '../../agent/watchers/posture/os-support.linux.ts';
import { parseSettings } from '../../agent/watchers/posture/settings.ts';
import { parsePackageName } from '../../agent/watchers/software/appx.windows.ts';
import { parseStanza } from '../../agent/watchers/software/dpkg.linux.ts';
import { parseReleaseVersion } from '../../agent/watchers/software/flatpak.linux.ts';
import { parseRpmList } from '../../agent/watchers/software/rpm.linux.ts';
import { parseSnapVersion } from '../../agent/watchers/software/snap.linux.ts';

/** A parser of text that comes from the system, a tool or a person, with texts as they come. */
export interface TextPart {
  seeds: readonly string[];
  parse(text: string): unknown;
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const files = (folder: string, name: RegExp) =>
  readdirSync(fixtures + folder)
    .filter((file) => name.test(file))
    .map((file) => readFileSync(`${fixtures}${folder}/${file}`, 'utf8'));
const session = 'UID=1000\nUSER=anna\nACTIVE=1\nSTATE=active\nREMOTE=0\nCLASS=user\nSEAT=seat0\n';
const mountInfo =
  '36 35 8:17 / /media/anna/STICK\\040A rw,nosuid shared:1 - vfat /dev/sdb1 ro,uid=1000\n22 1 8:2 / / rw - ext4 /dev/sda2 rw\n';
const swaps = 'Filename\tType\tSize\tUsed\tPriority\n/dev/dm-1 partition 999420 0 -2\n/swap\\040file file 1024 0 -3\n';
const clamscan =
  '/mnt/eicar.com: Win.Test.EICAR_HDB-1 FOUND\n\n----------- SCAN SUMMARY -----------\nInfected files: 1\nScanned files: 3\n';

export const textParts: Readonly<Record<string, TextPart>> = {
  blkid: { seeds: files('block', /^blkid/), parse: parseSignature },
  mounts: { seeds: [mountInfo], parse: parseMounts },
  passwd: {
    seeds: ['root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000:Anna,,,:/home/anna:/bin/bash\n'],
    parse: parsePasswd,
  },
  'process-status': {
    seeds: ['Name:\tsoffice.bin\nUmask:\t0002\nPid:\t4711\nUid:\t1000\t1000\t1000\t1000\n'],
    parse: (text) => parseStatus(text, new Map([[1000, 'anna']])),
  },
  session: { seeds: [session], parse: (text) => parseSession('2', text) },
  swaps: { seeds: [swaps], parse: (text) => [parseSwaps(text), parseNeededSwaps(text)] },
  locks: { seeds: files('software', /^locks/), parse: parseWriteLocks },
  chassis: { seeds: ['10\n', '3'], parse: parseChassisCode },
  resolver: { seeds: ['search example.test care.example\nnameserver 192.0.2.1\n'], parse: parseSearchDomains },
  'os-release': {
    seeds: files('posture', /^os-release/),
    parse: (text) => judgeSupport(parseOsRelease(text), Date.UTC(2026, 10, 30)),
  },
  settings: {
    seeds: ['[Daemon]\nAutolock=true\nTimeout=5\n', 'ENABLED=yes\n'],
    parse: (text) => [parseSettings(text), isUfwEnabled(text)],
  },
  iptables: { seeds: files('posture', /^iptables/), parse: iptablesFilters },
  // An answer that is no JSON is a failed look, which `judged` tells.
  nft: { seeds: files('posture', /^nft/), parse: (text) => ifJson(text, nftFilters) },
  dpkg: { seeds: readFileSync(`${fixtures}software/dpkg-status.txt`, 'utf8').split('\n\n'), parse: parseStanza },
  rpm: { seeds: files('software', /^rpm/), parse: parseRpmList },
  snap: { seeds: files('software', /^snap/), parse: parseSnapVersion },
  metainfo: { seeds: files('software', /^metainfo/), parse: parseReleaseVersion },
  appx: { seeds: ['Microsoft.Paint_11.2404.1020.0_x64__8wekyb3d8bbwe'], parse: parsePackageName },
  'host-line': {
    seeds: ['device add \\\\?\\USB#VID_0951&PID_1666#001A#{53f56307}', 'volume remove 10', 'session 7 1'],
    parse: parseHostLine,
  },
  'windows-path': {
    seeds: ['\\\\?\\C:\\Users\\anna\\Documents\\', '%USERPROFILE%\\OneDrive', '\\\\?\\UNC\\server\\share\\'],
    parse: (text) => [plainPath(text), expand(text, { USERPROFILE: 'C:\\Users\\anna' })],
  },
  'input-bits': { seeds: ['402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n'], parse: parseBits },
  clamscan: { seeds: [clamscan], parse: parseClamscan },
  'scanner-version': { seeds: ['ClamAV 1.4.2/27500/Sat Nov 28 09:42:14 2026'], parse: versionOf },
  signatures: {
    seeds: ['ClamAV-VDB:28 Nov 2026 09-42 +0000:27500:2060000:63:abc:sig:builder:1764322934'],
    parse: parseSignatureTime,
  },
  'cloud-folder': { seeds: ['OneDrive - Example Care', 'Dropbox (Example)'], parse: cloudFolderName },
};

function ifJson(text: string, parse: (text: string) => unknown): unknown {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return parse(text);
}
