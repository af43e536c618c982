import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipDeflate } from 'fflate';
import { contentsFile } from '#shared/bundle.ts';
import { writeContents } from './contents.ts';
import { installNode } from './linux/agent-deb.ts';
import type { Building } from './linux/deb.ts';
import { agentProgram, layOut } from './program.ts';

const target = 'linux-x64';

/** The agent as a bundle that a collector can offer to the computers it knows. @returns the file's path */
export async function buildAgentRelease(version: string, { folder, moment, quick }: Building): Promise<string> {
  const program = mkdtempSync(join(tmpdir(), 'portcullis-release-'));
  try {
    await layOut(agentProgram(target), program, version);
    installNode(program);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `portcullis-agent-${version}-${target}.zip`);
    const { files } = writeContents(program, target, version);
    const names = [contentsFile, ...files.map(({ path }) => path)];
    await zipFolder(program, names, file, { moment, level: quick ? 1 : 9 });
    return file;
  } finally {
    rmSync(program, { recursive: true, force: true });
  }
}

/** Puts files of a folder into a zip file, in this order. The same content gives the same bytes. @param moment seconds */
export async function zipFolder(
  folder: string,
  names: readonly string[],
  file: string,
  { moment, level }: { moment: number; level: 1 | 9 },
): Promise<void> {
  const parts: Uint8Array[] = [];
  async function* bytes() {
    const zip = new Zip((error, part) => {
      if (error) throw error;
      parts.push(part);
    });
    for (const name of names) {
      const entry = new ZipDeflate(name, { level });
      // Times in a zip file know no zone, and begin in 1980.
      entry.mtime = Math.max(moment * 1000, Date.UTC(1980, 0, 2));
      zip.add(entry);
      for await (const part of createReadStream(join(folder, name), { highWaterMark: 1024 * 1024 })) {
        entry.push(part);
        yield* parts.splice(0);
      }
      entry.push(new Uint8Array(0), true);
      yield* parts.splice(0);
    }
    zip.end();
    yield* parts.splice(0);
  }
  await pipeline(Readable.from(bytes()), createWriteStream(file));
}
