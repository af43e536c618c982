import { cpSync, globSync, lutimesSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import type { Building } from '../linux/deb.ts';
import { writeContents } from '../contents.ts';
import { agentProgram, layOut, nodeBinary } from '../program.ts';
import { guid, installedFiles } from './files.ts';
import { buildHost } from './host.ts';
import { must, temporaryFolder } from './run.ts';
import { sign, signingOf } from './sign.ts';

const product = fileURLToPath(new URL('product.wxs', import.meta.url));
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const target = 'win32-x64';

/**
 * The agent for Windows as a package of Windows Installer, made by wixl (Debian: wixl, msitools). Node is the one of the
 * lock file, unmodified, so that its maker's signature holds; our own programs are signed when the builder has a key.
 * @returns the file's path
 */
export async function buildMsi(version: string, { folder, moment }: Building): Promise<string> {
  checkVersion(version);
  using work = temporaryFolder();
  const content = join(work.path, 'content');
  const signing = signingOf(process.env);
  const modules = fetchPackages(join(work.path, 'packages'));
  await layOut(agentProgram(target), content, version, modules);
  mkdirSync(join(content, 'bin'));
  cpSync(nodeBinary(target, modules), join(content, 'bin', 'node.exe'));
  writeContents(content, target, version);
  const host = join(work.path, 'portcullis-host.exe');
  buildHost(host, version);
  if (signing) sign(host, signing);
  for (const path of [host, ...globSync(join(content, '**/*'))]) lutimesSync(path, moment, moment);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `portcullis-agent-${version}-x64.msi`);
  compile(work.path, file, { version, moment });
  if (signing) sign(file, signing);
  return file;
}

/** Windows Installer compares three numbers, and an upgrade happens only when one of them grows. */
function checkVersion(version: string): void {
  const [major = 256, minor = 256, build = 65536] = /^\d+\.\d+\.\d+$/.test(version)
    ? version.split('.').map(Number)
    : [];
  if (major < 256 && minor < 256 && build < 65536) return;
  throw new PortcullisError('badVersion', `"${version}" is no version of a Windows package. It looks like 1.4.12`);
}

/** As the lock file has them, for Windows. @returns the folder of packages */
function fetchPackages(folder: string): string {
  mkdirSync(folder);
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(checkout, name), join(folder, name));
  const words = ['--omit=dev', '--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund'];
  must('npm', ['ci', '--prefer-offline', ...words], { cwd: folder, mayTalk: true });
  return join(folder, 'node_modules');
}

/** Makes the package of `content`, the service host beside it, and `product.wxs`. */
export function compile(work: string, file: string, { version, moment }: { version: string; moment: number }): void {
  const { directories, references } = installedFiles(join(work, 'content'));
  writeFileSync(join(work, 'files.wxi'), directories);
  writeFileSync(join(work, 'references.wxi'), references);
  cpSync(product, join(work, 'product.wxs'));
  const defined = { VERSION: version, PRODUCT: guid('product', version, String(moment)) };
  const words = Object.entries(defined).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  must('wixl', ['-a', 'x64', ...words, '-o', file, 'product.wxs'], { cwd: work });
  const removed = join(work, 'RemoveFile.idt');
  writeFileSync(removed, removedFiles);
  must('msibuild', [file, '-i', removed]);
  for (const statement of corrections) must('msibuild', [file, '-q', statement]);
}

/**
 * wixl keeps these properties to itself: the elevated half of an installation gets no others. And it ends keys with a
 * backslash, which Windows does not ask for.
 */
const corrections = [
  `UPDATE \`Property\` SET \`Value\` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;COLLECTOR;FINGERPRINT;TOKEN' WHERE \`Property\` = 'SecureCustomProperties'`,
  `UPDATE \`Registry\` SET \`Key\` = 'SOFTWARE\\Portcullis\\Enrolment' WHERE \`Component_\` = 'enrolment'`,
];

/** What the service writes beside itself goes with it (2: when it is taken off). wixl has no words for it. */
const removedFiles = [
  ['FileKey', 'Component_', 'FileName', 'DirProperty', 'InstallMode'],
  ['s72', 's72', 'L255', 's72', 'i2'],
  ['RemoveFile', 'FileKey'],
  ['log', 'host', 'agent.log', 'INSTALLDIR', '2'],
  ['former', 'host', 'agentf~1.log|agent.former.log', 'INSTALLDIR', '2'],
]
  .map((row) => `${row.join('\t')}\r\n`)
  .join('');
