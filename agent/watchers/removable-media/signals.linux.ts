import type { BlockDevice } from '../../platform/block.linux.ts';
import { watchFolder } from '../../platform/folder-signals.ts';
import { peekAt } from '../../platform/peek.linux.ts';
import { entries, type LinuxRoots, linuxRoots } from '../../platform/sysfs.linux.ts';
import { udevEntry } from './medium.linux.ts';
import { hasUsbBus } from './usb.linux.ts';
import { listenToUsbPackage } from './usb-package.ts';

/** Nodes of disks, whose coming and going in /dev is a sign. */
const blockNode = /^(sd|sr|mmcblk|nvme|fd|dm-|md)\d*[a-z]*/;
const peekMilliseconds = 1_500;
/**
 * After a sign from the USB bus: the kernel publishes interfaces a moment later, and the disk of a stick after one
 * second (`usb_storage.delay_use`).
 */
const afterwards = [100, 1_300];

export interface MediaSignals {
  /** Listens to what has come since, such as a new bus; cheap when nothing has. */
  refresh(): void;
  stop(): Promise<void>;
}

export interface Wakers {
  wake(): void;
  /** A USB device has come or gone. What it brings along shows later, and `wake` is called for that. */
  wakeForUsb(): void;
}

/**
 * Every sign there is that media may have changed. None of them is complete: the kernel tells Node nothing of mounts,
 * loop devices and media put into drives, so that two short lists and the drives with slots are compared every 1.5 seconds.
 * @param slots gives the drives whose medium can be changed
 */
export async function listenForMedia(
  roots: LinuxRoots,
  slots: () => readonly BlockDevice[],
  { wake, wakeForUsb: wakeAtOnce }: Wakers,
): Promise<MediaSignals> {
  const late = new Set<NodeJS.Timeout>();
  const wakeForUsb = () => {
    wakeAtOnce();
    for (const timer of late) clearTimeout(timer);
    late.clear();
    for (const delay of afterwards) late.add(setTimeout(wake, delay).unref());
  };
  const folders = usbFolders(roots, wakeForUsb);
  const nodes = watchFolder(roots.dev, (name) => blockNode.test(name), wake);
  const stopPeeking = peekAt(() => peeked(roots, slots()), peekMilliseconds, wake);
  // The package looks at the real bus, whatever the roots.
  const isReal = roots.sys === linuxRoots.sys && hasUsbBus(roots.sys);
  const usbPackage = isReal ? await listenToUsbPackage(wakeForUsb) : undefined;
  return {
    refresh: folders.refresh,
    async stop() {
      for (const timer of late) clearTimeout(timer);
      nodes?.stop();
      folders.stop();
      stopPeeking();
      await usbPackage?.stop();
    },
  };
}

function peeked({ sys, proc, run }: LinuxRoots, slots: readonly BlockDevice[]): string[] {
  // Disks without partitions of their own, such as disc drives, are missing from the list of older kernels.
  const media = slots.flatMap((disk) => [
    `${sys}/block/${disk.name}/size`,
    `${sys}/block/${disk.name}/diskseq`,
    `${sys}/block/${disk.name}/ro`,
    ...(disk.name.startsWith('sr') ? [udevEntry(run, disk)] : []),
  ]);
  // A card that waits for a decision has no disk yet, and so no other sign.
  const cards = entries(`${sys}/bus/mmc/devices`).map((name) => `${sys}/bus/mmc/devices/${name}/cid`);
  return [`${proc}/self/mountinfo`, `${proc}/partitions`, ...media, ...cards];
}

/** Each USB bus has its folder, with a node for each device. */
function usbFolders({ dev }: LinuxRoots, wake: () => void): { refresh(): void; stop(): void } {
  const root = `${dev}/bus/usb`;
  const watched = new Map<string, { stop(): void }>();
  function refresh(): void {
    const wanted = new Set([root, ...entries(root).map((bus) => `${root}/${bus}`)]);
    for (const [folder, watcher] of watched) {
      if (wanted.has(folder)) continue;
      watcher.stop();
      watched.delete(folder);
    }
    for (const folder of wanted) {
      const watcher = watched.has(folder) ? undefined : watchFolder(folder, () => true, wake);
      if (watcher) watched.set(folder, watcher);
    }
  }
  refresh();
  return {
    refresh,
    stop() {
      for (const watcher of watched.values()) watcher.stop();
      watched.clear();
    },
  };
}
