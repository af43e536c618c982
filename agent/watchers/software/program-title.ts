import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';

/** By the file's first bytes: an ELF program, see elf(5), and whether it is marked as an AppImage. */
export function executableKind(start: Buffer): 'appimage' | 'executable' | undefined {
  if (start.length < 18 || start.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const type = start[5] === 2 ? start.readUInt16BE(16) : start.readUInt16LE(16);
  if (type !== 2 && type !== 3) return undefined;
  const isAppImage = start[8] === 0x41 && start[9] === 0x49 && (start[10] === 1 || start[10] === 2);
  return isAppImage ? 'appimage' : 'executable';
}

/** `Editor-1.2.3-x86_64.AppImage` is Editor in version 1.2.3; of other programs the name is the file's. */
export function titleOf(file: string, source: 'appimage' | 'executable'): Software {
  if (source === 'executable') return { source, name: cleanText(file), version: '' };
  const base = file.replace(/\.appimage$/i, '').replace(/ ?\(\d+\)$/, '');
  const architecture = /[-_.](x86_64|amd64|i[3-6]86|aarch64|arm64|armhf)$/i.exec(base)?.[1];
  const plain = architecture === undefined ? base : base.slice(0, -architecture.length - 1);
  const numbered = plain.length > 100 ? null : /^(.*?)[-_ ]v?(\d+(?:\.\d+)+[^\s_]*)$/i.exec(plain);
  return {
    source,
    name: cleanText(numbered?.[1] || plain),
    version: cleanText(numbered?.[2] ?? ''),
    ...(architecture === undefined ? {} : { architecture: architecture.toLowerCase() }),
  };
}
