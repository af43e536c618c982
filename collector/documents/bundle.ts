import { createHash } from 'node:crypto';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { InvalidError } from '#shared/errors.ts';

/** One file of a bundle. Names are relative, with `/`, and say what is inside. */
export interface BundleFile {
  name: string;
  content: string | Uint8Array;
}

export const manifestName = 'SHA256SUMS';

/**
 * Several files as one ZIP, with a manifest that `sha256sum --check SHA256SUMS` understands. The same files give the same
 * bytes, in every time zone: times in it are noon of the day of `at`.
 * @param at milliseconds since 1970
 * @param stored true packs without compressing, so that the bytes do not depend on the version of the compressor
 */
export function bundle(files: readonly BundleFile[], at: number, { stored = false } = {}): Uint8Array {
  const contents = new Map(files.map(({ name, content }) => [safeName(name), bytesOf(content)]));
  if (contents.size !== files.length) throw new TypeError('Two files of a bundle have the same name.');
  const manifest = [...contents].map(([name, content]) => `${sha256(content)}  ${name}\n`).join('');
  const all = [...contents, [manifestName, strToU8(manifest)] as const];
  return zipSync(
    Object.fromEntries(
      all.map(([name, content]) => [name, [content, { mtime: noonOf(at), ...(stored && { level: 0 as const }) }]]),
    ),
  );
}

/** ZIP knows local times only. Clocks do not change at noon, so that this one is written alike everywhere. */
function noonOf(at: number): Date {
  const day = new Date(at);
  return new Date(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), 12);
}

/** What became of checking a bundle: the faults are empty when every file is there and as it was. */
export interface CheckedBundle {
  files: Map<string, Uint8Array>;
  faults: string[];
}

/** Bundles of ours stay far below it; a larger one is not unpacked. */
const mostBytes = 512 * 1024 * 1024;

/**
 * Unpacks a bundle and holds it against its manifest.
 * @throws InvalidError when it is no bundle at all
 */
export function openBundle(zip: Uint8Array): CheckedBundle {
  const files = new Map(Object.entries(unpack(zip)));
  const manifest = files.get(manifestName);
  if (!manifest) throw new InvalidError(`The file is no bundle of Portcullis: ${manifestName} is missing in it.`);
  files.delete(manifestName);
  const promised = new Map(
    [
      ...Buffer.from(manifest)
        .toString('utf8')
        .matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm),
    ].map(([, hash, name]) => [name ?? '', hash]),
  );
  const faults = [
    ...[...promised.keys()].filter((name) => !files.has(name)).map((name) => `${name} is missing.`),
    ...[...files.keys()].filter((name) => !promised.has(name)).map((name) => `${name} is not in the manifest.`),
    ...[...files]
      .filter(([name, content]) => promised.has(name) && promised.get(name) !== sha256(content))
      .map(([name]) => `${name} was changed.`),
  ];
  return { files, faults };
}

function unpack(zip: Uint8Array): Record<string, Uint8Array> {
  let total = 0;
  const filter = ({ originalSize }: { originalSize: number }): boolean => {
    total += originalSize;
    if (total > mostBytes) throw new InvalidError('The bundle is larger than any of ours; it was not unpacked.');
    return true;
  };
  try {
    return unzipSync(zip, { filter });
  } catch (cause) {
    if (cause instanceof InvalidError) throw cause;
    throw new InvalidError('The file cannot be read as a ZIP; it was damaged or is something else.', { cause });
  }
}

function safeName(name: string): string {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..') || !/^[\w./ -]+$/.test(name))
    throw new TypeError('A name in a bundle is relative and plain.');
  return name;
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? strToU8(content) : content;
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
