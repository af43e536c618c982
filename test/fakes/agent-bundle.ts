import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentsFile } from '#shared/bundle.ts';
import { zipFolder } from '../../installers/agent-release.ts';
import { writeContents } from '../../installers/contents.ts';

/** What has to be in a program of the agent, and nothing that runs. */
export const smallProgram: Readonly<Record<string, string>> = {
  'bin/node': '#!/bin/sh\n',
  'agent/portcullis-agent.cjs': "'use strict';\n",
  'package.json': '{}\n',
};

/** Lays a program out and makes a bundle of it. @returns the file's path */
export async function bundleOf(
  folder: string,
  version: string,
  files: Readonly<Record<string, string>> = smallProgram,
): Promise<string> {
  const program = join(folder, `program-${version}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(program, path)), { recursive: true });
    writeFileSync(join(program, path), text);
  }
  return bundleOfFolder(program, version, join(folder, `${version}.zip`));
}

export async function bundleOfFolder(program: string, version: string, file: string): Promise<string> {
  const { files } = writeContents(program, 'linux-x64', version);
  const names = [contentsFile, ...files.map(({ path }) => path)];
  await zipFolder(program, names, file, { moment: Date.UTC(2026, 0) / 1000, level: 1 });
  return file;
}
