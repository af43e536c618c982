import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface DebianPackage {
  name: string;
  version: string;
  /** First line short, the rest in whole sentences. */
  description: readonly string[];
  architecture: 'amd64' | 'arm64';
  depends: readonly string[];
  recommends?: readonly string[];
  /** Fills the folder that becomes `/`. */
  fill(root: string): Promise<void>;
  /** Text files by their path from `/`; those under `etc/` are kept over an upgrade when somebody changed them. */
  files: Readonly<Record<string, { text: string; mode?: number }>>;
  scripts: Readonly<Partial<Record<'preinst' | 'postinst' | 'prerm' | 'postrm', string>>>;
}

export interface Building {
  /** Where the package goes. */
  folder: string;
  /** Seconds since 1970, for the times inside. */
  moment: number;
  /** A third larger, in a tenth of the time. */
  quick: boolean;
  /** Node of the system the package is for, where no registry has it. */
  node?: string;
}

/**
 * Builds the package with `dpkg-deb`. The same content gives the same bytes: times are those of the commit, owners root.
 * @returns the file's path
 */
export async function buildDeb(pack: DebianPackage, { folder, moment, quick }: Building): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-deb-'));
  try {
    await pack.fill(root);
    for (const [path, { text, mode = 0o644 }] of Object.entries(pack.files)) write(join(root, path), text, mode);
    const control = join(root, 'DEBIAN');
    write(join(control, 'control'), controlText(pack, kilobytes(root)), 0o644);
    const kept = Object.keys(pack.files).filter((path) => path.startsWith('etc/'));
    if (kept.length > 0) write(join(control, 'conffiles'), kept.map((path) => `/${path}\n`).join(''), 0o644);
    for (const [name, text] of Object.entries(pack.scripts)) write(join(control, name), text, 0o755);
    const file = join(folder, `${pack.name}_${pack.version}_${pack.architecture}.deb`);
    mkdirSync(folder, { recursive: true });
    // What a umask took away would be missing for everybody else.
    execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', root]);
    // dpkg-deb takes back only what is newer than that.
    execFileSync('find', [root, '-exec', 'touch', '--no-dereference', `--date=@${moment}`, '{}', '+']);
    const options = ['--build', '--root-owner-group', ...(quick ? ['-Zzstd', '-z3'] : ['-Zxz', '-z6']), root, file];
    execFileSync('dpkg-deb', options, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(moment) },
    });
    return file;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function controlText(pack: DebianPackage, size: number): string {
  const [title, ...more] = pack.description;
  return [
    `Package: ${pack.name}`,
    `Version: ${pack.version}`,
    `Architecture: ${pack.architecture}`,
    'Maintainer: Portcullis <root@localhost>',
    `Installed-Size: ${size}`,
    `Depends: ${pack.depends.join(', ')}`,
    ...(pack.recommends ? [`Recommends: ${pack.recommends.join(', ')}`] : []),
    'Section: admin',
    'Priority: optional',
    `Description: ${title}`,
    ...more.map((line) => ` ${line}`),
    '',
  ].join('\n');
}

/** Of contents, not of blocks: those depend on the disk. */
function kilobytes(root: string): number {
  return Number(execFileSync('du', ['-sk', '--apparent-size', root], { encoding: 'utf8' }).split('\t')[0]);
}

function write(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}
