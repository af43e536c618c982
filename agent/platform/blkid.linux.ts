import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { runTool } from './run.ts';

/** What the first blocks of a volume say about it. Every fact may be absent: encryption without signature exists. */
export interface Signature {
  /** blkid's word: `vfat`, `ext4`, `crypto_LUKS`, `BitLocker`. */
  type?: string;
  version?: string;
  /** `filesystem`, `crypto`, `raid` or `other`. */
  usage?: string;
  label?: string;
}

const places = ['/usr/sbin/blkid', '/sbin/blkid'];
/** Nothing recognised, and several signatures at once, which is no better. */
const inconclusive = [2, 8];

/** Reads the signature from the device itself, past any cache. Needs the right to read the device. */
export async function readSignature(node: string): Promise<Look<Signature>> {
  try {
    // blkid gives the same answer for what it may not open and for what it does not recognise.
    await access(node, constants.R_OK);
  } catch (error) {
    return lookFailed(error, 'The volume cannot be opened');
  }
  const blkid = places.find((place) => existsSync(place)) ?? 'blkid';
  const said = await runTool(blkid, ['-p', '-o', 'udev', node], {
    timeoutMilliseconds: 5_000,
    okStatus: [0, ...inconclusive],
  });
  return said.ok ? { ok: true, seen: parseSignature(said.seen) } : said;
}

export function parseSignature(text: string): Signature {
  const said = new Map(text.split('\n').map((line) => cut(line, '=')));
  const type = said.get('ID_FS_TYPE');
  const version = said.get('ID_FS_VERSION');
  const usage = said.get('ID_FS_USAGE');
  const label = said.get('ID_FS_LABEL_ENC');
  return {
    ...(type && { type }),
    ...(version && { version }),
    ...(usage && { usage }),
    ...(label && { label: decodeLabel(label) }),
  };
}

function cut(line: string, at: string): [string, string] {
  const index = line.indexOf(at);
  return index < 0 ? [line, ''] : [line.slice(0, index), line.slice(index + 1)];
}

/** The encoded label writes each unsafe byte as `\x20`; a letter beyond ASCII may be several such bytes. */
function decodeLabel(label: string): string {
  const bytes = label.split(/\\x([0-9a-f]{2})/).map((part, index) => Buffer.from(part, index % 2 ? 'hex' : 'utf8'));
  return Buffer.concat(bytes).toString('utf8');
}
