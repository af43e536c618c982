import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeImages } from './images.ts';
import { checkout, type Lab } from './lab.ts';
import { bootMachine, saveMachine } from './machine.ts';
import { layOutAgent } from './prepare/agent-tree.ts';
import { layOutGuest, pack } from './prepare/guest-tree.ts';
import { extractKernel, moduleNames } from './prepare/kernel.ts';
import { downloadPackages, partNames, unpackParts } from './prepare/packages.ts';
import { CannotBuild, stateOfFiles, stepsIn } from './prepare/steps.ts';

/**
 * Makes everything the tests start from, or finds it made. The first time takes about a minute and a download of
 * 80 MB; later only what changed is made anew.
 * @throws CannotBuild when this computer lacks something
 */
export async function prepare(lab: Lab, say: (line: string) => void): Promise<void> {
  checkComputer();
  const { step } = stepsIn(lab.folder, say, () => performance.now());
  const base = join(lab.folder, 'base.cpio');
  const of = (...patterns: string[]) => stateOfFiles(checkout, patterns);
  await step('download packages', partNames.join(), [lab.packages], () => downloadPackages(lab));
  await step('unpack packages', partNames.join(), [lab.parts], () => unpackParts(lab));
  await step('unpack kernel', of('test/vm/prepare/kernel.ts'), [lab.kernel, lab.modules], () => extractKernel(lab));
  await step('make images', of('test/vm/images.ts'), [lab.images], () => makeImages(lab));
  await step('lay out guest', of('test/vm/prepare/{kernel,guest-tree,packages}.ts', 'test/vm/guest/*'), [base], () => {
    pack(lab, base, (root) => layOutGuest(lab, root));
  });
  const product = of(
    '{agent,shared,test/vm/guest,test/vm/prepare}/**/*',
    'package-lock.json',
    'test/vm/{machine,prepare}.ts',
  );
  const emulator = execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' });
  await step('start and save machine', product + emulator, [lab.initrd, lab.memory, lab.state], async () => {
    addAgent(lab, base);
    await saveStarted(lab);
  });
}

function checkComputer(): void {
  const needed: [tool: string, from: string][] = [
    ['qemu-system-x86_64', 'apt-get install --no-install-recommends qemu-system-x86'],
    ['apt-get', 'a Debian computer'],
    ['dpkg-deb', 'a Debian computer'],
    ['gcc', 'apt-get install gcc libc6-dev'],
    ['xz', 'apt-get install xz-utils'],
    ['mke2fs', 'apt-get install e2fsprogs'],
  ];
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new CannotBuild('The laboratory runs on 64-bit x86 Linux only.');
  const missing = needed.filter(
    ([tool]) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${tool}`]).status !== 0,
  );
  const [first] = missing;
  if (first)
    throw new CannotBuild(
      `The laboratory needs ${missing.map(([tool]) => tool).join(', ')}. For ${first[0]}: ${first[1]}.`,
    );
}

/** The kernel takes several archives as one. */
function addAgent(lab: Lab, base: string): void {
  const archive = join(lab.folder, 'agent.cpio');
  pack(lab, archive, (root) => layOutAgent(lab, root));
  writeFileSync(lab.initrd, Buffer.concat([readFileSync(base), readFileSync(archive)]));
}

/** Boots, lets udev find everything, loads what tests plug, and loads the agent's code once so that it is compiled. */
async function saveStarted(lab: Lab): Promise<void> {
  await using machine = await bootMachine(lab);
  const { guest } = machine;
  const run = (...command: string[]) => guest.run(command, { timeoutMilliseconds: 180_000 });
  for (const type of ['subsystems', 'devices']) await run('/bin/udevadm', 'trigger', `--type=${type}`, '--action=add');
  await run('/bin/udevadm', 'settle');
  await run('/sbin/modprobe', '-a', ...moduleNames);
  await guest.sh('mkdir -p /mnt/usb; mount -t configfs none /sys/kernel/config');
  await run('/usr/bin/node', '--input-type=module', '--eval', warmUp);
  await saveMachine(machine);
}

const warmUp = ['cli', 'main', 'platform/linux', 'uplink/enrol', 'watchers/removable-media/usb-package']
  .map((name) => `await import('/opt/portcullis/agent/${name}.ts');`)
  .concat(["await import('/opt/portcullis/node_modules/koffi/index.js');", 'process.exit(0);'])
  .join('\n');
