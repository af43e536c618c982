import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { runTool } from '../platform/run.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { filesBelow } from './files.ts';
import type { Scanned, Scanner } from './scanner.ts';
import { versionOf } from './version.ts';

const largestMebibytes = 1000;
const options = [
  ...['--recursive', '--infected', '--stdout', '--follow-dir-symlinks=0', '--follow-file-symlinks=0'],
  ...[`--max-filesize=${largestMebibytes}M`, `--max-scansize=${largestMebibytes}M`],
];

/**
 * ClamAV without its service: reads all signatures at each start, some ten seconds and a gigabyte.
 * @param database folder or file of signatures, instead of the system's own
 */
export function clamscan(places: readonly string[], database?: string): Scanner {
  const place = () => places.find((path) => existsSync(path));
  const version = async () => {
    const file = place();
    const said = file === undefined ? undefined : await runTool(file, ['--version']);
    return said?.ok ? versionOf(said.seen) : undefined;
  };
  return {
    name: 'clamscan',
    // Without signatures it says its own version and nothing more.
    available: async () => {
      const found = await version();
      return found !== undefined && (database !== undefined || found.signatures !== undefined);
    },
    async scan(folder, signal) {
      const file = place();
      if (file === undefined) return lookFailed(new Error('no clamscan'), 'clamscan is not there');
      const own = database === undefined ? [] : [`--database=${database}`];
      const said = await run(file, [...options, ...own, folder], signal);
      if (!said.ok) return said;
      const found = parseClamscan(said.seen);
      if (!found) return lookFailed(new Error('no summary'), 'clamscan');
      const unread = found.unread + (await countTooLarge(folder));
      return { ok: true, seen: { ...found, ...(await version()), unread } };
    },
  };
}

/** ClamAV passes over what is too large for it without a word. */
async function countTooLarge(folder: string): Promise<number> {
  let count = 0;
  for await (const file of filesBelow(folder)) {
    if (file !== 'unreadable' && file.bytes > largestMebibytes << 20) count++;
  }
  return count;
}

/** Status 1 says that something was found, 2 that some files could not be read; the summary tells of both. */
function run(file: string, args: readonly string[], signal: AbortSignal): Promise<Look<string>> {
  return new Promise((resolve) => {
    const limits = { signal, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } };
    execFile(file, args, limits, (error, stdout) => {
      if (error && errorCode(error) === 'ABORT_ERR') resolve(lookFailed(error, 'The scan took too long'));
      else resolve({ ok: true, seen: stdout });
    });
  });
}

/**
 * The summary at the end of what clamscan prints; undefined when there is none, as after a failure to begin, and when
 * there were no signatures. Names of files stand before it and may say anything.
 */
export function parseClamscan(text: string): Omit<Scanned, 'signatures'> | undefined {
  const words = new Map(
    text
      .slice(text.lastIndexOf('SCAN SUMMARY'))
      .split('\n')
      .map((line) => pair(line)),
  );
  const number = (name: string) => Number(/^\d+(\.\d+)?/.exec(words.get(name) ?? '')?.[0]);
  const files = number('Scanned files');
  const infected = number('Infected files');
  if (!Number.isSafeInteger(files) || !Number.isSafeInteger(infected) || !(number('Known viruses') > 0))
    return undefined;
  return {
    infected,
    files,
    bytes: bytesOf(words.get('Data scanned') ?? ''),
    unread: number('Total errors') || 0,
    engine: `ClamAV ${words.get('Engine version') ?? ''}`.trim().slice(0, 100),
  };
}

function pair(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at), line.slice(at + 1).trim()];
}

const units: Record<string, number> = {
  B: 1,
  KB: 1 << 10,
  KiB: 1 << 10,
  MB: 1 << 20,
  MiB: 1 << 20,
  GB: 1 << 30,
  GiB: 1 << 30,
};

function bytesOf(text: string): number {
  const [, amount, unit = 'B'] = /^([\d.]+)\s*([KMG]?i?B)?/.exec(text) ?? [];
  return Math.round(Number(amount ?? 0) * (units[unit] ?? 1));
}
