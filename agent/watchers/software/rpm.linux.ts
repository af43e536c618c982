import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { fileFingerprint, workLock } from '../../platform/files.linux.ts';
import { runTool } from '../../platform/run.ts';
import type { Reader } from './reader.ts';

/** One database, in the three forms it had over the years: SQLite, ndb, Berkeley. */
const databases = ['rpmdb.sqlite', 'Packages.db', 'Packages'];
const format = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\n';

/** RPM packages. The database has a format of its own, so rpm is asked, but only after the database changed. */
export function rpmReader(folders: readonly string[], tool: string, proc: string, clock: Clock): Reader {
  const files = folders.flatMap((folder) => databases.map((name) => `${folder}/${name}`));
  const isAtWork = workLock(
    folders.map((folder) => `${folder}/.rpm.lock`),
    proc,
    clock,
  );

  return {
    area: 'rpm',
    sources: ['rpm'],
    how: 'The answer of rpm -qa, at each change of its database.',
    limits: [],
    signs: folders.map((folder) => ({ folder, names: databases })),
    fingerprint: () => fileFingerprint(files),
    async read() {
      // In the middle of an upgrade both versions are in the database.
      if (await isAtWork()) return 'busy';
      const answer = await runTool(tool, ['-qa', '--queryformat', format], { timeoutMilliseconds: 60_000 });
      if (!answer.ok) throw new PortcullisError(answer.error.code, answer.error.says);
      return (await isAtWork()) ? 'busy' : { titles: parseRpmList(answer.seen), limits: [] };
    },
  };
}

/** One package a line: name, version, architecture and vendor, with tabs between; `(none)` where there is nothing. */
export function parseRpmList(text: string): Software[] {
  return text.split('\n').flatMap((line) => {
    const [name, version, architecture, vendor] = line.split('\t');
    // Signing keys that were imported are kept among the packages.
    if (!name || version === undefined || name === 'gpg-pubkey') return [];
    return [
      {
        source: 'rpm' as const,
        name: cleanText(name),
        version: cleanText(version),
        ...(isSaid(vendor) ? { publisher: cleanText(vendor) } : {}),
        ...(isSaid(architecture) ? { architecture: cleanText(architecture) } : {}),
      },
    ];
  });
}

function isSaid(field: string | undefined): field is string {
  return field !== undefined && field !== '' && field !== '(none)';
}
