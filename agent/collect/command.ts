import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { type Clock, isoTime } from '#shared/clock.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { type Gathered, limits } from './captured.ts';
import { readme } from './readme.ts';
import { scrubber } from './scrub.ts';
import { scrubbed, scrubbedLinks } from './scrub-capture.ts';

/** What a capture holds, for whoever unpacks it. */
export interface Manifest {
  format: 1;
  version: string;
  os: string;
  /** Of the kernel: `10.0.22631`. */
  release: string;
  architecture: string;
  at: string;
  files: { path: string; bytes: number; sha256: string }[];
  /** What was not asked, not answered or not understood, by machine words. */
  missing: { what: string; why: string }[];
}

export interface CaptureOptions {
  gather(): Promise<Gathered>;
  os: string;
  version: string;
  clock: Clock;
  /** Of this capture; kept nowhere. */
  key?: Buffer;
}

/** Everything scrubbed, and packed with a manifest and a page that says what is inside. */
export async function makeCapture(options: CaptureOptions): Promise<{ zip: Uint8Array; manifest: Manifest }> {
  const scrub = scrubber(options.key ?? randomBytes(32));
  const gathered = await options.gather();
  const missing = [...gathered.missing];
  const files = new Map<string, Uint8Array>();
  let all = 0;
  for (const one of gathered.captured) {
    const content = one.content.length > limits.fileBytes ? undefined : scrubbed(one, scrub);
    if (content === undefined || files.size >= limits.files || all > limits.allBytes) {
      missing.push({ what: one.kind, why: content === undefined ? 'notUnderstood' : 'tooMuch' });
      continue;
    }
    const bytes = typeof content === 'string' ? strToU8(content) : new Uint8Array(content);
    all += bytes.length;
    files.set(`capture/${scrub(one.path)}`, bytes);
  }
  files.set('links.json', strToU8(JSON.stringify(scrubbedLinks(gathered, scrub), null, 1)));
  const manifest = manifestOf(options, files, missing);
  files.set('manifest.json', strToU8(JSON.stringify(manifest, null, 2)));
  files.set('README.txt', strToU8(readme(manifest)));
  return { zip: zipSync(Object.fromEntries(files) as Zippable, { mtime: manifest.at }), manifest };
}

function manifestOf(
  { os, version, clock }: CaptureOptions,
  files: ReadonlyMap<string, Uint8Array>,
  missing: Manifest['missing'],
): Manifest {
  return {
    format: 1,
    version,
    os,
    release: release().replace(/[^\d.].*$/, ''),
    architecture: arch(),
    at: isoTime(clock.now()),
    files: [...files].map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    missing: summedUp(missing),
  };
}

/** Each once. */
function summedUp(missing: Manifest['missing']): Manifest['missing'] {
  return [...new Map(missing.map((one) => [`${one.what} ${one.why}`, one])).values()];
}

/** @throws PortcullisError `fileExists` */
export function writeCapture(file: string, zip: Uint8Array): void {
  try {
    writeFileSync(file, zip, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
    throw new PortcullisError('fileExists', 'There is a file of this name already. Name another with --out.', {
      cause,
    });
  }
}
