import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../vm/lab.ts';
import { CannotBuild, stateOfFiles, stepsIn } from '../vm/prepare/steps.ts';
import type { Lab } from './lab.ts';
import { inChroot } from './wine.ts';

/** Wine, what its hot-plug code listens to, and a compiler for the driver that plugs things. */
const packages = [
  ...['wine', 'wine64', 'libwine', 'libdbus-1-3', 'dbus', 'python3-dbus', 'python3-gi', 'gcc-mingw-w64-x86-64-win32'],
];

/**
 * Makes everything the tests start from, or finds it made. The first time takes some three minutes and 1.8 GB; later
 * only what changed is made anew. Nothing is installed on this computer itself.
 * @throws CannotBuild when this computer lacks something
 */
export async function prepare(lab: Lab, say: (line: string) => void): Promise<void> {
  checkComputer();
  const { step } = stepsIn(lab.folder, say, () => performance.now());
  const tool = join(lab.folder, 'debootstrap');
  await step('unpack debootstrap', '1', [tool], () => unpackDebootstrap(tool));
  await step('install Debian 13 with Wine', packages.join(), [lab.chroot], () => installDebian(lab, tool));
  // Debian's files stay as they are; what is ours lies in one folder.
  mkdirSync(lab.agent, { recursive: true });
  cpSync('/etc/hosts', join(lab.chroot, 'etc', 'hosts'));
  const modules = join(lab.agent, 'node_modules');
  const locked = readFileSync(join(checkout, 'package-lock.json'), 'utf8');
  await step('fetch packages of Windows', locked, [modules], () => fetchPackages(lab));
  const driver = join(lab.shared, 'plug-and-play.sys');
  const source = join(checkout, 'test/wine/guest/plug-and-play.c');
  await step('compile the driver', readFileSync(source, 'utf8'), [driver], () => compileDriver(lab, source));
  await step('start Windows once', firstStart, [lab.windows], () => makeWindows(lab));
  await step('copy the agent', stateOfFiles(checkout, ['{agent,shared,test/wine/guest}/**/*']), [], () =>
    copyAgent(lab),
  );
}

function checkComputer(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new CannotBuild('The laboratory runs on 64-bit x86 Linux only.');
  if (process.getuid?.() !== 0)
    throw new CannotBuild('The laboratory needs root: it makes a Debian of its own (chroot).');
  const needed = ['apt-get', 'dpkg-deb', 'chroot', 'unshare', 'wget'];
  const missing = needed.filter(
    (one) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${one}`]).status !== 0,
  );
  if (missing.length > 0) throw new CannotBuild(`The laboratory needs ${missing.join(', ')}.`);
}

/** The tool is a script, so that it need not be installed to be run. */
function unpackDebootstrap(folder: string): void {
  mkdirSync(folder, { recursive: true });
  run('apt-get', ['download', 'debootstrap'], folder);
  const [file] = globSync('debootstrap_*.deb', { cwd: folder });
  if (file === undefined) throw new CannotBuild('Debian gives no debootstrap. Try "apt-get update" first.');
  run('dpkg-deb', ['-x', file, '.'], folder);
}

function installDebian(lab: Lab, tool: string): void {
  const script = join(tool, 'usr', 'sbin', 'debootstrap');
  const mirror = process.env.PORTCULLIS_DEBIAN_MIRROR;
  run('sh', [script, '--variant=minbase', 'trixie', lab.chroot, ...(mirror ? [mirror] : [])], lab.folder, {
    DEBOOTSTRAP_DIR: join(tool, 'usr', 'share', 'debootstrap'),
  });
  run('chroot', [lab.chroot, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages], lab.folder, {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

/** As the lock file has them, for Windows: Node itself is one of them. */
function fetchPackages(lab: Lab): void {
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(checkout, name), join(lab.agent, name));
  const options = ['--omit=dev', '--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', ['ci', ...options], lab.agent);
}

function compileDriver(lab: Lab, source: string): void {
  cpSync(source, join(lab.shared, 'plug-and-play.c'));
  const options = ['-O1', '-shared', '-nostdlib', '-Wl,--subsystem,native', '-Wl,-e,DriverEntry'];
  const files = ['-o', '/lab/plug-and-play.sys', '/lab/plug-and-play.c', '-lntoskrnl'];
  run('chroot', [lab.chroot, 'x86_64-w64-mingw32-gcc', ...options, ...files], lab.folder);
}

/** Wine's server writes the registry when it ends, and has to be waited for. */
const firstStart = String.raw`
wine64 wineboot -i
wine64 reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f
wine64 reg add 'HKLM\Software\Wine\Drives' /v l: /d network /f
wineserver -w
`;

/** No screen, and nothing of this computer's files but the laboratory's own folder, as a drive from the network. */
function makeWindows(lab: Lab): void {
  const { status } = inChroot(lab, '/lab/windows', ['sh', '-ec', firstStart]);
  if (status !== 0) throw new Error('Wine did not start.');
  const drives = join(lab.windows, 'dosdevices');
  rmSync(join(drives, 'z:'), { force: true });
  symlinkSync('/lab', join(drives, 'l:'));
}

/** A copy, never a mount: what is in the chroot may be removed at any time. */
function copyAgent(lab: Lab): void {
  for (const name of ['agent', 'shared']) {
    rmSync(join(lab.agent, name), { recursive: true, force: true });
    cpSync(join(checkout, name), join(lab.agent, name), { recursive: true });
  }
  const guest = join(lab.agent, 'guest');
  rmSync(guest, { recursive: true, force: true });
  cpSync(join(checkout, 'test/wine/guest'), guest, { recursive: true });
  if (!existsSync(join(lab.agent, 'package.json'))) throw new Error('The packages of Windows are missing.');
}

function run(file: string, args: string[], cwd: string, environment: Record<string, string> = {}): void {
  try {
    execFileSync(file, args, { cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    const said = (cause as { stderr?: Buffer }).stderr?.toString().trim().slice(-500) ?? '';
    throw new CannotBuild(`${file} ${args[0] ?? ''} failed: ${said}`, { cause });
  }
}
