import {
  type ChildProcess,
  execFileSync,
  execFile as execFileWithCallback,
  type SpawnOptions,
  spawn,
  spawnSync,
} from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFile = promisify(execFileWithCallback);

/** Why these tests cannot run here; undefined when they can. */
export function whyNoChroot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = ['debootstrap', 'dpkg-deb', 'unshare', 'chroot'].find(
    (tool) => spawnSync('which', [tool]).status !== 0,
  );
  return missing && `${missing} is not installed`;
}

/** A Debian 12 of its own in a folder. What is mounted in it is seen by its own programs only. */
export interface Chroot {
  path: string;
  /** Runs a program and answers with what it printed; the test goes on meanwhile. @throws when it fails */
  run(command: string, ...args: string[]): Promise<string>;
  /** Starts a program that goes on; it ends with {@link Chroot} at the latest. */
  start(command: string[], options?: SpawnOptions): ChildProcess;
  /** Every file, without what dpkg and its logs write about themselves. */
  files(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

const mounts =
  'mount -t proc proc "$0/proc" && mount -t sysfs sys "$0/sys" && mount -t tmpfs run "$0/run" && exec chroot "$0" "$@"';

/** A fresh copy of the smallest Debian 12, which is made once (about a minute) and kept in `PORTCULLIS_CHROOT_CACHE`. */
export function debianChroot(): Chroot {
  const path = mkdtempSync(join(tmpdir(), 'portcullis-chroot-'));
  execFileSync('cp', ['-a', `${base()}/.`, path]);
  const running = new Set<ChildProcess>();
  const inside = (command: string[]) => ['--mount', 'sh', '-c', mounts, path, ...command];
  return {
    path,
    run: async (...command) => (await execFile('unshare', inside(command))).stdout,
    start(command, options = {}) {
      const child = spawn('unshare', inside(command), { stdio: 'ignore', ...options });
      running.add(child);
      return child;
    },
    files: () =>
      execFileSync('find', ['.', '-xdev', '-mindepth', '1'], { cwd: path, encoding: 'utf8', maxBuffer: 1 << 28 })
        .split('\n')
        .filter((file) => !/^\.\/(var\/(lib\/(dpkg|apt|systemd)|log|cache)|proc|sys|run|tmp)(\/|$)/.test(file))
        .sort(),
    async [Symbol.asyncDispose]() {
      for (const child of running) await ended(child, 'SIGKILL');
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Sends a signal to the program inside and waits for its end. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

function base(): string {
  const cache = process.env.PORTCULLIS_CHROOT_CACHE ?? join(homedir(), '.cache', 'portcullis-chroot');
  const folder = join(cache, 'bookworm');
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const half = `${folder}.half`;
  rmSync(half, { recursive: true, force: true });
  const options = ['--variant=minbase', '--include=adduser,util-linux', 'bookworm', half, mirror()];
  execFileSync('debootstrap', options, { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(half, folder);
  return folder;
}

/** The one this computer's own apt uses. */
function mirror(): string {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const uri = targets.split('\n').find((line) => !line.includes('security') && line !== '');
  if (uri === undefined) throw new Error('apt knows no archive of Debian; run "apt-get update" first');
  return uri;
}

/** Puts a file into it, under `/tmp`. @returns its path inside */
export function handIn({ path }: Chroot, file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  cpSync(file, join(path, 'tmp', name));
  return `/tmp/${name}`;
}
