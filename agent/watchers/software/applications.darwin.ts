import { hash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { checker } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import type { Reader } from './reader.ts';

const profilerMilliseconds = 120_000;

/** Applications as the system's own report lists them, which is asked only when a folder of them changed. */
export function applicationsReader(tools: Tools, folders: () => Promise<string[]>, usual: readonly string[]): Reader {
  return {
    area: 'applications',
    sources: ['macos'],
    how: 'folders of applications, and the system’s report of them (system_profiler)',
    limits: [
      'An application that stands elsewhere is seen when one in a folder of applications changes.',
      'Those that belong to macOS are left out.',
    ],
    signs: usual.map((folder) => ({ folder })),
    async fingerprint() {
      const parts = await Promise.all((await folders()).map(fingerprintOf));
      return hash('sha256', parts.join('\n'));
    },
    async read() {
      const report = await tools.run('system_profiler', ['-json', 'SPApplicationsDataType'], {
        timeoutMilliseconds: profilerMilliseconds,
      });
      if (!report.ok) throw new PortcullisError(report.error.code, report.error.says);
      return { titles: parseApplications(report.seen), limits: [] };
    },
  };
}

/** An application that is replaced gets a new folder, so that its time is another. */
async function fingerprintOf(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const times = await Promise.all(
    names.map((name) =>
      stat(`${folder}/${name}/Contents`).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return names.map((name, index) => `${folder}/${name} ${times[index]}`).join('\n');
}

const Report = Type.Object({
  SPApplicationsDataType: Type.Array(
    Type.Object({
      _name: Type.Optional(Type.String()),
      version: Type.Optional(Type.String()),
      path: Type.Optional(Type.String()),
      obtained_from: Type.Optional(Type.String()),
      arch_kind: Type.Optional(Type.String()),
      signed_by: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});

/** Pure. Words of the report are keys, the same in every language. @throws when it is no such report */
export function parseApplications(json: string): Software[] {
  const report: unknown = JSON.parse(json);
  if (!checker(Report).check(report))
    throw new PortcullisError('unreadable', 'The report of applications has another form.');
  const titles = report.SPApplicationsDataType.flatMap((one): Software[] => {
    const name = cleanText(nameOf(one.path) ?? one._name ?? '');
    if (name === '' || isOfMacos(one)) return [];
    const publisher = publisherOf(one.signed_by?.[0]);
    const architecture = one.arch_kind?.replace(/^arch_/, '');
    return [
      {
        source: 'macos',
        name,
        version: cleanText(one.version ?? ''),
        ...(publisher && { publisher }),
        ...(architecture && { architecture: cleanText(architecture) }),
      },
    ];
  });
  return [...new Map(titles.map((title) => [JSON.stringify(title), title])).values()];
}

/** The name shown is translated, and that of the folder is not. */
function nameOf(path: string | undefined): string | undefined {
  return /([^/]+)\.app$/.exec(path ?? '')?.[1];
}

function isOfMacos({ path, obtained_from: from }: { path?: string; obtained_from?: string }): boolean {
  return from === 'apple' || /^\/(System|Library\/Apple|usr)\//.test(path ?? '');
}

/** `Developer ID Application: Mozilla Corporation (43AQ936H96)`. */
function publisherOf(signer: string | undefined): string | undefined {
  const name = /^Developer ID Application: (.+?)(?: \([A-Z0-9]{10}\))?$/.exec(signer ?? '')?.[1];
  return name && cleanText(name);
}
