import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { fileFingerprint, ifThere, workLock } from '../../platform/files.linux.ts';
import type { Reader } from './reader.ts';

/** States of dpkg(1) in which the program is on the disk. */
const present: ReadonlySet<string> = new Set([
  'installed',
  'triggers-awaited',
  'triggers-pending',
  'unpacked',
  'half-configured',
]);
/** States on the way to another one, unless dpkg gave up half-way. */
const passing: ReadonlySet<string> = new Set(['unpacked', 'half-configured', 'half-installed']);

const longestFile = 64 * 1024 * 1024;
const longestStanza = 1024 * 1024;

/** Debian packages, from dpkg's own database. */
export function dpkgReader(folder: string, proc: string, clock: Clock): Reader {
  const status = `${folder}/status`;
  const isAtWork = workLock([`${folder}/lock`, `${folder}/lock-frontend`], proc, clock);

  return {
    area: 'dpkg',
    sources: ['dpkg'],
    how: 'The status file of dpkg, at each change of it.',
    limits: [],
    signs: [{ folder, names: ['status'] }],
    async fingerprint() {
      if (!(await ifThere(stat(folder)))) return undefined;
      return (await fileFingerprint([status])) ?? 'without a status file';
    },
    async read() {
      // Before and after, so that the lock is not missed when dpkg ends or begins in between.
      const atWork = await isAtWork();
      const { titles, unsettled } = await readPackages(status);
      return unsettled && (atWork || (await isAtWork())) ? 'busy' : { titles, limits: [] };
    },
  };
}

async function readPackages(status: string): Promise<{ titles: Software[]; unsettled: boolean }> {
  if ((await stat(status)).size > longestFile) throw new PortcullisError('tooLarge', 'The status file is too large.');
  const titles: Software[] = [];
  let unsettled = false;
  for await (const stanza of stanzas(createReadStream(status, { encoding: 'utf8' }))) {
    const entry = parseStanza(stanza);
    if (!entry) continue;
    unsettled ||= passing.has(entry.state);
    if (present.has(entry.state)) titles.push(entry.software);
  }
  // Cut out of the file's text, each word would keep the text in memory; copies do not.
  return { titles: structuredClone(titles), unsettled };
}

/** Cuts the text at empty lines, wherever the pieces it arrives in begin and end. */
export async function* stanzas(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const parts = (rest + piece).split('\n\n');
    rest = parts.pop() ?? '';
    if (rest.length > longestStanza) throw new PortcullisError('unreadable', 'This is not a status file of dpkg.');
    yield* parts;
  }
  if (rest.trim() !== '') yield rest;
}

/** One package and the last of the three words of its status. Undefined for what is not a package. */
export function parseStanza(stanza: string): { software: Software; state: string } | undefined {
  const name = /^Package: *(.+)$/m.exec(stanza)?.[1];
  const state = /^Status: *\S+ +\S+ +(\S+)$/m.exec(stanza)?.[1];
  if (name === undefined || state === undefined) return undefined;
  const version = /^Version: *(.+)$/m.exec(stanza)?.[1] ?? '';
  const architecture = /^Architecture: *(.+)$/m.exec(stanza)?.[1];
  // `Name <address>`: who made it matters, how to write to them does not.
  const maintainer = /^Maintainer: *([^<\n]+)/m.exec(stanza)?.[1];
  return {
    state,
    software: {
      source: 'dpkg',
      name: cleanText(name),
      version: cleanText(version),
      ...(maintainer === undefined ? {} : { publisher: cleanText(maintainer) }),
      ...(architecture === undefined ? {} : { architecture: cleanText(architecture) }),
    },
  };
}
