import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { PortcullisError } from '#shared/errors.ts';
import { guid } from './files.ts';

/** A GUID in braces, as the summary of a package holds its code; nothing else in there is the last of its kind. */
const codeOfSummary = /\x1e\0\0\0\x27\0\0\0(\{[0-9A-F-]{36}\})\0/g;
/** VT_FILETIME, and eight bytes that lie between 2020 and 2050. */
const timeOfSummary = /\x40\0\0\0([\s\S]{6}[\xd5-\xff]\x01)/g;
/** Tenths of microseconds between 1601 and 1970. */
const beforeUnix = 116_444_736_000_000_000n;

/**
 * wixl gives every package a code by chance and the time of its making. Here the code comes from what is inside, so that the
 * same content has the same code, and no other has it, as Windows Installer wants it; the time is that of the commit.
 * @param moment in seconds since 1970
 * @throws PortcullisError `toolFailed` when the package does not look as wixl makes it
 */
export function makeReproducible(file: string, moment: number): void {
  const text = readFileSync(file, 'latin1');
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(BigInt(moment) * 10_000_000n + beforeUnix);
  const timed = replaced(text, timeOfSummary, 2, time.toString('latin1'));
  const blank = replaced(timed, codeOfSummary, 1, `{${'0'.repeat(36)}}`);
  const digest = createHash('sha256').update(blank, 'latin1').digest('hex');
  writeFileSync(file, replaced(timed, codeOfSummary, 1, `{${guid('package', digest)}}`), 'latin1');
}

function replaced(text: string, what: RegExp, times: number, by: string): string {
  const found = [...text.matchAll(what)];
  if (found.length !== times) {
    throw new PortcullisError(
      'toolFailed',
      `The package has ${found.length} such places in its summary, not ${times}.`,
    );
  }
  return text.replaceAll(what, (all: string, old: string) => all.replace(old, () => by));
}
