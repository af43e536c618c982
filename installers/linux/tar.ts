import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeContents } from '../contents.ts';
import { agentProgram, layOut } from '../program.ts';
import { installNode } from './agent-deb.ts';
import type { Building } from './deb.ts';
import { agentLauncher } from './launcher.ts';

/** The agent for a Linux without dpkg: one archive that is unpacked at `/` and started by the unit inside. */
export async function buildAgentTar(version: string, { folder, moment }: Building): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-tar-'));
  try {
    const lib = join(root, 'usr/lib/portcullis-agent');
    await layOut(agentProgram('linux-x64'), lib, version);
    installNode(lib);
    writeContents(lib, 'linux-x64', version);
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/portcullis-agent'), agentLauncher('/usr/lib/portcullis-agent', version));
    chmodSync(join(root, 'usr/bin/portcullis-agent'), 0o755);
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    const unit = 'portcullis-agent.service';
    cpSync(new URL(unit, import.meta.url), join(root, 'etc/systemd/system', unit));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `portcullis-agent-${version}-linux-x64.tar.gz`);
    packTar(root, file, moment);
    return file;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The same content gives the same bytes: names are sorted, times are those of the commit, owners root, rights not a umask's. */
export function packTar(root: string, file: string, moment: number): void {
  const same = ['--sort=name', `--mtime=@${moment}`, '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  const rights = '--mode=u+rwX,go+rX,go-w';
  execFileSync('tar', [...same, rights, '--use-compress-program=gzip -n', '-cf', file, '-C', root, '.']);
}
