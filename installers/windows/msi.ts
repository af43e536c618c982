import { cpSync, globSync, lutimesSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import { writeContents } from '../contents.ts';
import type { Building } from '../linux/deb.ts';
import { fetchPackages } from '../other-system.ts';
import { agentProgram, layOut, nodeBinary } from '../program.ts';
import { actionsInSequence, actionsTable, buildActions } from './actions.ts';
import { guid, installedFiles } from './files.ts';
import { buildHost } from './host.ts';
import { makeReproducible } from './reproducible.ts';
import { must, temporaryFolder } from './run.ts';
import { sign, signingOf } from './sign.ts';

const product = fileURLToPath(new URL('product.wxs', import.meta.url));
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
  const modules = fetchPackages(join(work.path, 'packages'), target);
  await layOut(agentProgram(target), content, version, modules);
  mkdirSync(join(content, 'bin'));
  cpSync(nodeBinary(target, modules), join(content, 'bin', 'node.exe'));
  writeContents(content, target, version);
  const host = join(work.path, 'portcullis-host.exe');
  buildHost(host, version);
  const actions = buildActions(work.path);
  if (signing) for (const program of [host, actions]) sign(program, signing, moment);
  for (const path of [host, ...globSync(join(content, '**/*'))]) lutimesSync(path, moment, moment);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `portcullis-agent-${version}-x64.msi`);
  compile(work.path, file, { version, moment });
  if (signing) sign(file, signing, moment);
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

/**
 * Makes the package of `content`, `portcullis-host.exe` and `actions.dll` beside it, and `product.wxs`. The same of all
 * gives the same bytes.
 */
export function compile(work: string, file: string, { version, moment }: { version: string; moment: number }): void {
  const { directories, references } = installedFiles(join(work, 'content'));
  writeFileSync(join(work, 'files.wxi'), directories);
  writeFileSync(join(work, 'references.wxi'), references);
  cpSync(product, join(work, 'product.wxs'));
  const defined = { VERSION: version, PRODUCT: guid('product', version, String(moment)) };
  const words = Object.entries(defined).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  must('wixl', ['-a', 'x64', ...words, '-o', file, 'product.wxs'], { cwd: work });
  for (const [name, text] of Object.entries({ RemoveFile: removedFiles, CustomAction: actionsTable() })) {
    const table = join(work, `${name}.idt`);
    writeFileSync(table, text);
    must('msibuild', [file, '-i', table]);
  }
  for (const statement of [...corrections, ...actionsInSequence()]) must('msibuild', [file, '-q', statement]);
  makeReproducible(file, moment);
}

/**
 * wixl keeps these properties to itself: the elevated half of an installation gets no others. And it ends keys with a
 * backslash, which Windows does not ask for.
 */
const corrections = [
  `UPDATE \`Property\` SET \`Value\` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;COLLECTOR;FINGERPRINT;REMOVEDATA;TOKEN' WHERE \`Property\` = 'SecureCustomProperties'`,
  `UPDATE \`Registry\` SET \`Key\` = 'SOFTWARE\\Portcullis\\Enrolment' WHERE \`Component_\` = 'enrolment'`,
];

/** What comes later beside the programs goes with them (2: when they are taken off). wixl has no words for it. */
const removedFiles = [
  ['FileKey', 'Component_', 'FileName', 'DirProperty', 'InstallMode'],
  ['s72', 's72', 'L255', 's72', 'i2'],
  ['RemoveFile', 'FileKey'],
  ['log', 'host', 'agent.log', 'INSTALLDIR', '2'],
  ['former', 'host', 'agentf~1.log|agent.former.log', 'INSTALLDIR', '2'],
  ['code', 'host', 'enrolm~1|enrolment-code', 'INSTALLDIR', '2'],
]
  .map((row) => `${row.join('\t')}\r\n`)
  .join('');
