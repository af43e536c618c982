import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectGuest, type Guest, guestIsUp } from './guest.ts';
import { imageFile } from './images.ts';
import type { Lab } from './lab.ts';
import { connectQmp, type Qmp } from './qmp.ts';

/** A running virtual machine. Leaving its scope ends it. */
export interface Machine extends AsyncDisposable {
  lab: Lab;
  qmp: Qmp;
  guest: Guest;
  /** Folder on this computer that goes when the machine does. */
  folder: string;
  stop(): Promise<void>;
}

type Start = 'fresh' | 'restored';

/** Starts the guest from nothing: some seconds. */
export async function bootMachine(lab: Lab): Promise<Machine> {
  const machine = await launch(lab, 'fresh');
  await guestIsUp(machine.guest, 120_000);
  return machine;
}

/** Starts a copy of the saved machine: parts of a second. The copy never changes what was saved. */
export async function restoreMachine(lab: Lab): Promise<Machine> {
  const machine = await launch(lab, 'restored');
  const { qmp, guest } = machine;
  try {
    await leaveMemoryInItsFile(qmp);
    await qmp.execute('migrate-incoming', { uri: `exec:cat '${lab.state}'` });
    await statusBecomes(() => runState(qmp), 'paused', 'running');
    await qmp.execute('cont');
    await guestIsUp(guest, 30_000);
    // The guest's clock stood still while it was saved, and certificates are judged by it.
    await guest.run(['/bin/date', '-s', `@${Math.floor(Date.now() / 1000)}`]);
    return machine;
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

/** Saves a machine that was booted, and ends it. Its memory stands in the lab's file already. */
export async function saveMachine({ lab, qmp, stop }: Machine): Promise<void> {
  await leaveMemoryInItsFile(qmp);
  await qmp.execute('stop');
  await qmp.execute('migrate', { uri: `exec:cat > '${lab.state}'` });
  await statusBecomes(() => migrationStatus(qmp), 'completed');
  await stop();
}

async function leaveMemoryInItsFile(qmp: Qmp): Promise<void> {
  await qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] });
}

async function runState(qmp: Qmp): Promise<string> {
  return ((await qmp.execute('query-status')) as { status: string }).status;
}

async function migrationStatus(qmp: Qmp): Promise<string> {
  return ((await qmp.execute('query-migrate')) as { status: string }).status;
}

async function statusBecomes(ask: () => Promise<string>, ...wanted: string[]): Promise<void> {
  for (;;) {
    const status = await ask();
    if (wanted.includes(status)) return;
    if (status === 'failed') throw new Error('QEMU could not save or restore the machine.');
    await delay(10);
  }
}

/**
 * The shell ends QEMU when its standard input closes, which happens however this process ends, and even then when it
 * cannot do anything any more.
 */
const keeper = '"$@" </dev/null & echo $! >&2; cat >/dev/null; kill -9 $!; wait';

async function launch(lab: Lab, start: Start): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-vm-'));
  const command = ['qemu-system-x86_64', ...machineArguments(lab, folder, start)];
  const child = spawn('sh', ['-c', keeper, 'keeper', ...command], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const qmp = await connectQmp(join(folder, 'qmp'));
    const guest = await connectGuest(join(folder, 'guest'));
    const stop = () => end(child, ended, folder, [qmp.close, guest.close]);
    return { lab, qmp, guest, folder, stop, [Symbol.asyncDispose]: stop };
  } catch (cause) {
    await end(child, ended, folder, []);
    throw new Error(`The machine did not start. QEMU said: ${said}`, { cause });
  }
}

async function end(child: ChildProcess, ended: Promise<void>, folder: string, closes: (() => void)[]): Promise<void> {
  for (const close of closes) close();
  child.stdin?.end();
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

const kernelArguments = [
  'console=ttyS0 panic=-1 quiet loglevel=3',
  // Everything an emulated processor would waste time on.
  'mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on rcupdate.rcu_expedited=1',
  'audit=0 apparmor=0 nowatchdog cryptomgr.notests',
].join(' ');

/** The same devices each time, because a saved machine only fits the one it was saved from. */
function machineArguments(lab: Lab, folder: string, start: Start): string[] {
  const share = start === 'fresh' ? 'on' : 'off';
  return [
    // Emulation, always: a /dev/kvm that opens and does not work has been seen.
    ...['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,-la57,-smap,-smep,-umip', '-smp', '2'],
    ...['-M', 'q35,memory-backend=memory', '-m', '1280'],
    ...['-object', `memory-backend-file,id=memory,size=1280M,mem-path=${lab.memory},share=${share}`],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-audiodev', 'none,id=silence'],
    ...['-kernel', lab.kernel, '-initrd', lab.initrd, '-append', kernelArguments],
    ...['-serial', `file:${join(folder, 'console')}`, '-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
    ...['-chardev', `socket,id=guest,path=${join(folder, 'guest')},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=guest,name=laboratory'],
    ...['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='],
    ...['-device', 'qemu-xhci,id=xhci,p2=8,p3=8'],
    ...['-device', 'isa-fdc,id=fdc', '-device', 'floppy,id=floppy,drive-type=144,unit=0'],
    ...['-drive', `if=none,id=card,file=${imageFile(lab, 'card')},format=raw,snapshot=on`],
    ...['-device', 'sdhci-pci,id=sdhci', '-device', 'sd-card,id=sd,drive=card'],
    ...(start === 'restored' ? ['-incoming', 'defer'] : []),
  ];
}
