import { hash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { parseDict, parsePlist, textAt } from '../../platform/darwin/plist.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import type { Reader } from './reader.ts';

const mostReceipts = 1000;

/** What Apple's installer wrote down of packages, which stays when the files of one are deleted. */
export function receiptsReader(tools: Tools, folder: string): Reader {
  return {
    area: 'installer receipts',
    sources: ['pkg'],
    how: 'receipts of Apple’s installer (pkgutil)',
    limits: ['A receipt stays when the program is merely deleted.', 'Those of macOS are left out.'],
    signs: [{ folder }],
    async fingerprint() {
      const names = await namesIn(folder);
      if (!names) return undefined;
      const times = await Promise.all(
        names.map((name) =>
          stat(`${folder}/${name}`).then(
            (one) => one.mtimeMs,
            () => 0,
          ),
        ),
      );
      const text = names.map((name, index) => `${name} ${times[index]}`).join('\n');
      return hash('sha256', text);
    },
    async read() {
      const list = await tools.run('pkgutil', ['--pkgs-plist']);
      if (!list.ok) throw new PortcullisError(list.error.code, list.error.says);
      const names = parseReceiptNames(list.seen);
      const titles: Software[] = [];
      for (const name of names.slice(0, mostReceipts)) {
        const receipt = await tools.run('pkgutil', ['--pkg-info-plist', name]);
        if (receipt.ok) titles.push(parseReceipt(receipt.seen, name));
      }
      const limits = names.length > mostReceipts ? [`Only the first ${mostReceipts} receipts are read.`] : [];
      return { titles, limits };
    },
  };
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Pure. Identifiers of packages, such as `org.example.editor`, without those of macOS. */
export function parseReceiptNames(xml: string): string[] {
  const list = parsePlist(xml);
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  return names.filter(
    (name) => /^[\w.-]{1,255}$/.test(name) && !name.startsWith('-') && !name.startsWith('com.apple.'),
  );
}

/** Pure. */
export function parseReceipt(xml: string, name: string): Software {
  return { source: 'pkg', name: cleanText(name), version: cleanText(textAt(parseDict(xml), 'pkg-version') ?? '') };
}
