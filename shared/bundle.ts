import type { Readable } from 'node:stream';
import { type Entry, openPromise } from 'yauzl';
import { InvalidError } from './errors.ts';
import { bundleLimits, ReleaseContents } from './protocol/release.ts';
import { checker } from './schema.ts';

/** The file at the top of a program that names all others. */
export const contentsFile = 'release.json';
const longestContents = 8 * 1024 * 1024;

/** A release as a zip file, opened. */
export interface Bundle {
  contents: ReleaseContents;
  /** The text of the list itself. */
  contentsText: string;
  /** @throws when there is no such file. Reads no more than the list says it has. */
  read(path: string): Promise<Readable>;
  close(): void;
}

/**
 * Opens a bundle and holds its names against its own list: files that are listed and no others, none of which leads out of a
 * folder.
 * @throws InvalidError when it is none, or does not fit its list
 */
export async function openBundle(file: string): Promise<Bundle> {
  try {
    const zip = await openPromise(file, { autoClose: false });
    try {
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (entries.size > bundleLimits.files || entries.has(entry.fileName))
          throw new InvalidError('The bundle has too many files, or one twice.');
        entries.set(entry.fileName, entry);
      }
      const open = (path: string) => {
        const entry = entries.get(path);
        if (!entry) throw new InvalidError(`There is no ${path} in the bundle.`);
        return zip.openReadStreamPromise(entry);
      };
      const contentsText = await textOf(await open(contentsFile));
      const contents = checker(ReleaseContents).parse(JSON.parse(contentsText), `The list ${contentsFile}`);
      compareNames(entries, contents);
      return { contents, contentsText, read: open, close: () => zip.close() };
    } catch (error) {
      zip.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof InvalidError) throw cause;
    throw new InvalidError('The file is no bundle of the agent, or is damaged.', { cause });
  }
}

function compareNames(entries: ReadonlyMap<string, Entry>, { files }: ReleaseContents): void {
  const listed = new Set(files.map(({ path }) => path));
  const isWrong = files.some(({ path, bytes }) => entries.get(path)?.uncompressedSize !== bytes);
  if (isWrong || listed.size !== files.length || listed.has(contentsFile) || entries.size !== listed.size + 1)
    throw new InvalidError('The files in the bundle are not those of its list.');
  const unpacked = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (unpacked > bundleLimits.unpackedBytes) throw new InvalidError('The bundle unpacks to more than is allowed.');
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > longestContents) throw new InvalidError(`${contentsFile} is too long.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
