import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import { writeContents } from '../contents.ts';
import type { Building } from '../linux/deb.ts';
import { fetchPackages } from '../other-system.ts';
import { agentProgram, layOut } from '../program.ts';

const own = fileURLToPath(new URL('.', import.meta.url));
const scripts = ['install.sh', 'uninstall.sh', 'portcullis-agent', 'org.portcullis.agent.plist'];

/**
 * The agent for macOS: one archive with a script that installs it. No registry has the Node of the lock file for macOS,
 * so that the builder hands it over, as its makers signed it.
 * @returns the file's path
 */
export async function buildDarwinTar(version: string, { folder, moment, node }: Building): Promise<string> {
  if (node === undefined) {
    const says =
      'Node for macOS is in no npm package. Unpack the archive of nodejs.org and name its bin/node: --node FILE';
    throw new PortcullisError('nodeMissing', says);
  }
  const target = machoTarget(readFileSync(node).subarray(0, 8));
  const work = mkdtempSync(join(tmpdir(), 'portcullis-macos-'));
  try {
    const name = `portcullis-agent-${version}-${target}`;
    const root = join(work, name);
    const program = join(root, 'program');
    const modules = fetchPackages(join(work, 'packages'), target);
    await layOut(agentProgram(target), program, version, modules);
    mkdirSync(join(program, 'bin'));
    cpSync(node, join(program, 'bin', 'node'));
    chmodSync(join(program, 'bin', 'node'), 0o755);
    writeContents(program, target, version);
    for (const file of scripts) cpSync(join(own, file), join(root, file));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.tar.gz`);
    const same = ['--sort=name', `--mtime=@${moment}`, '--owner=0', '--group=0', '--numeric-owner'];
    execFileSync('tar', [...same, '-I', 'gzip -n', '-cf', file, '-C', work, name]);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Pure. By the head of a program of 64 bits, see mach-o/loader.h and mach/machine.h. @throws PortcullisError `wrongNode` */
export function machoTarget(head: Buffer): 'darwin-arm64' | 'darwin-x64' {
  const magic = head.length >= 8 ? head.readUInt32LE(0) : 0;
  const processor = magic === 0xfeedfacf ? head.readUInt32LE(4) : 0;
  if (processor === 0x0100000c) return 'darwin-arm64';
  if (processor === 0x01000007) return 'darwin-x64';
  throw new PortcullisError(
    'wrongNode',
    'This is no program of macOS for one kind of processor: take the bin/node of darwin-arm64 or darwin-x64.',
  );
}
