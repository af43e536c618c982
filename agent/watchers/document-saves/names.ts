import type { NameFilter } from '../../platform/file-signals.ts';

/**
 * Extensions looked for on a computer that has no policy yet. Text files are among them because notes typed in a plain
 * editor hold the same data as a letter; archives are not, because they are not what people mean by a document.
 */
export const defaultExtensions: readonly string[] = [
  ...['doc', 'docx', 'docm', 'dot', 'dotx', 'dotm', 'rtf', 'odt', 'ott', 'fodt', 'wps', 'pages', 'txt', 'pdf'],
  ...['xls', 'xlsx', 'xlsm', 'xlsb', 'xlt', 'xltx', 'csv', 'tsv', 'ods', 'ots', 'numbers', 'mdb', 'accdb', 'odb'],
  ...['ppt', 'pptx', 'pptm', 'pps', 'ppsx', 'odp', 'key', 'pub', 'vsd', 'vsdx', 'one'],
  ...['msg', 'eml', 'pst', 'ost', 'mbox'],
];

/**
 * Beginnings of names that programs give to their own helpers and that end like the document they help with:
 * `.~lock.report.docx#` and `.~report.docx` (LibreOffice, WPS), `~$report.docx` (Office), `.#notes.txt` (Emacs),
 * `._report.docx` (macOS), `~WRL0003.docx` (Word), `.goutputstream-4ZK1` (GNOME), `.nfs0001` (an open file that was removed).
 */
const helperBeginnings = ['.~', '~$', '.#', '._', '~WRL', '~WRD', '.goutputstream-', '.nfs', '.fuse_hidden'];

/**
 * The extension of a document's name in lower case, or null when the name is no document's: another extension, or
 * the lock, temporary or backup file of an editor. Vim's `4913` and `notes.txt~`, `report.docx.part` and Excel's eight
 * digits have no extension that is looked for and need no rule.
 */
export function documentExtension(name: string, extensions: ReadonlySet<string>): string | null {
  const dot = name.lastIndexOf('.');
  if (dot < 1) return null;
  const extension = name.slice(dot + 1).toLowerCase();
  if (!extensions.has(extension)) return null;
  return helperBeginnings.some((beginning) => name.startsWith(beginning)) ? null : extension;
}

const longestExtension = 16;
const dotByte = 0x2e;

/**
 * On a busy computer nearly every file written is no document; this turns them away at a few nanoseconds each. The
 * hash of the extension is compared, so that a collision costs a second look and never a miss.
 */
export function nameFilter(extensions: ReadonlySet<string>): NameFilter {
  const hashes = new Set([...extensions].map((extension) => hashOf(Buffer.from(extension), 0, extension.length)));
  return (bytes, start, end) => {
    const earliest = Math.max(start, end - longestExtension - 1);
    for (let at = end - 1; at >= earliest; at--) {
      if (bytes[at] === dotByte) return hashes.has(hashOf(bytes, at + 1, end));
    }
    return false;
  };
}

/** FNV-1a over the bytes, capital letters of ASCII taken as small ones. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    hash = Math.imul(hash ^ (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte), 0x01000193);
  }
  return hash;
}
