import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A database of dpkg of its own in a temporary folder, worked on by the real dpkg. This computer's is not touched. */
export interface Debian extends AsyncDisposable {
  folder: string;
  database: string;
  /** Builds a package with the real dpkg-deb; gives its file. */
  build(name: string, version: string, postinst?: string): Promise<string>;
  dpkg(...action: string[]): Promise<void>;
}

export async function temporaryDebian(): Promise<Debian> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-dpkg-'));
  const database = join(folder, 'admin');
  for (const name of ['info', 'updates', 'triggers']) await mkdir(join(database, name), { recursive: true });
  for (const name of ['status', 'available']) await writeFile(join(database, name), '');
  await mkdir(join(folder, 'root'));
  const options = [`--admindir=${database}`, `--instdir=${join(folder, 'root')}`, `--log=${join(folder, 'log')}`];

  return {
    folder,
    database,
    async build(name, version, postinst) {
      const tree = join(folder, `${name}_${version}`);
      await mkdir(join(tree, 'DEBIAN'), { recursive: true });
      await mkdir(join(tree, 'opt'));
      await writeFile(join(tree, 'opt', name), version);
      const fields = [
        `Package: ${name}`,
        `Version: ${version}`,
        'Architecture: all',
        'Maintainer: Example <x@example.invalid>',
      ];
      await writeFile(join(tree, 'DEBIAN/control'), `${fields.join('\n')}\nDescription: made by a test\n`);
      if (postinst) await writeFile(join(tree, 'DEBIAN/postinst'), `#!/bin/sh\n${postinst}\n`, { mode: 0o755 });
      await run('dpkg-deb', ['--root-owner-group', '--build', tree, `${tree}.deb`]);
      return `${tree}.deb`;
    },
    async dpkg(...action) {
      await run('dpkg', [...options, '--force-not-root', '--force-script-chrootless', ...action]);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
