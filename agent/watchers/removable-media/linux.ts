import { existsSync } from 'node:fs';
import { attachmentOf } from '../../platform/attachment.linux.ts';
import { type BlockDevice, type BlockDevices, readBlockDevices } from '../../platform/block.linux.ts';
import { type Mount, readMounts } from '../../platform/mounts.linux.ts';
import { isPrivate } from '../../platform/private-mounts.linux.ts';
import { attribute, entries, type LinuxRoots, linuxRoots } from '../../platform/sysfs.linux.ts';
import type { Source } from '../reconcile.ts';
import type { Look, WatcherContext, WatcherFactory } from '../watcher.ts';
import { mediaCoverage, type Seen } from './coverage.linux.ts';
import { type Card, type Found, findDevices, findWaitingCards, type WaitingCard } from './devices.linux.ts';
import { type Attached, mostDevices, mostVolumes, removableMedia } from './index.ts';
import { mediumFinder } from './medium.linux.ts';
import { listenForMedia, type MediaSignals } from './signals.linux.ts';
import { signatureReader } from './signatures.linux.ts';
import { hasUsbBus, readRootHub, usbReader } from './usb.linux.ts';
import { partsOf, volumeFacts } from './volumes.linux.ts';

/** Watches removable media by sysfs, the list of mounts and blkid. Without root, volumes stay unknown. */
export function watchRemovableMediaOnLinux(roots: LinuxRoots = linuxRoots): WatcherFactory {
  return (context) => removableMedia(mediaSource(roots, context))(context);
}

function mediaSource(roots: LinuxRoots, context: WatcherContext): Source<Attached[]> {
  const now = () => context.clock.monotonic();
  let wakeUp: () => void = () => undefined;
  let signals: MediaSignals | undefined;
  /** Somebody waits for a decision on a USB device, which has no disk yet. */
  let isUrgent = false;
  /** What the last look read besides the USB bus; absent after one that read only that. */
  let beside: Beside | undefined;
  let slots: BlockDevice[] = [];
  let seen: Seen = { hasUsb: hasUsbBus(roots.sys), slots: [], isCut: false, unread: 0 };
  const media = mediumFinder(roots, now, () => wakeUp());
  const signatures = signatureReader(roots.dev, now);
  const readUsb = usbReader(roots.sys, now);

  function note(next: Seen): void {
    const isNews = JSON.stringify(next) !== JSON.stringify(seen);
    seen = next;
    if (isNews) context.coverageChanged();
  }

  /** Every device with its volumes, and how many of these could not be read. */
  async function withVolumes(found: readonly Found[], blocks: BlockDevices, mounts: readonly Mount[]) {
    const names = new Set<string>();
    let unread = 0;
    const attached: Attached[] = [];
    for (const { device, disks } of found) {
      const volumes = [];
      for (const part of disks.flatMap((disk) => partsOf(disk, blocks, mounts)).slice(0, mostVolumes)) {
        names.add(part.block.name);
        const signature = await signatures.signatureOf(part);
        if (!signature) unread++;
        volumes.push(volumeFacts(part, signature));
      }
      attached.push({ device, volumes });
    }
    signatures.keepOnly(names);
    return { attached, unread };
  }

  /** What a look needs besides the USB bus. */
  function readBeside(): Look<Omit<Beside, 'numbers'>> {
    const mounts = readMounts(roots.proc);
    if (!mounts.ok) return mounts;
    const blocks = readBlockDevices(roots);
    if (!blocks.ok) return blocks;
    const cards = readCards(roots.sys, blocks.seen);
    return {
      ok: true,
      seen: { mounts: mounts.seen, blocks: blocks.seen, cards, waiting: readWaitingCards(roots.sys) },
    };
  }

  return {
    async look(): Promise<Look<Attached[]>> {
      const before = isUrgent ? beside : undefined;
      isUrgent = false;
      // Its words may take their time; the rest is read meanwhile.
      const reading = readUsb();
      const rest = before ? { ok: true as const, seen: before } : readBeside();
      const usb = await reading;
      if (!usb.ok) return usb;
      if (!rest.ok) return rest;
      const { mounts, cards, waiting } = rest.seen;
      const numbers = new Map(usb.seen.map(({ port, number }) => [port, number]));
      beside = before ? undefined : { ...rest.seen, numbers };
      const blocks = before ? ofThoseThatStay(before, numbers) : rest.seen.blocks;
      const found = [...findDevices(usb.seen, blocks, cards, media.hasMedium), ...findWaitingCards(waiting)];
      const inUse = mounts.filter((mount) => !isPrivate(mount, roots.run));
      const { attached, unread } = await withVolumes(found.slice(0, mostDevices), blocks, inUse);
      // The next look, which is on its way, sees to the rest.
      if (before) return { ok: true, seen: attached };
      slots = [...blocks.values()].filter(hasSlot);
      const slotNames = slots.map((disk) => disk.name);
      signals?.refresh();
      note({ hasUsb: hasUsbBus(roots.sys), slots: slotNames, isCut: isCut(found, attached), unread });
      return { ok: true, seen: attached };
    },
    async listen(wake) {
      wakeUp = wake;
      const hub = await readRootHub(roots.sys);
      if (hub) findDevices([hub], new Map(), new Map(), media.hasMedium);
      signals = await listenForMedia(roots, () => slots, {
        wake,
        wakeForUsb() {
          isUrgent = true;
          wake();
        },
      });
      const { stop } = signals;
      return {
        async stop() {
          media.stop();
          await stop();
        },
      };
    },
    coverage: (trouble) => mediaCoverage(seen, trouble),
  };
}

/**
 * Mounts, disks and cards of a moment ago. A change of them has signs of its own; a look that a USB device asked for takes them
 * over, so that the device is judged sooner, and the next look reads them again.
 */
interface Beside {
  mounts: readonly Mount[];
  blocks: BlockDevices;
  cards: ReadonlyMap<string, Card>;
  waiting: readonly WaitingCard[];
  /** Of the USB devices that were there, by port. */
  numbers: ReadonlyMap<string, string>;
}

/** Without the disks of a USB device that has gone, so that none is taken for that of the one now at its port. */
function ofThoseThatStay({ blocks, numbers: before }: Beside, now: ReadonlyMap<string, string>): BlockDevices {
  return new Map(
    [...blocks].filter(([, disk]) => {
      const attachment = attachmentOf(disk);
      return (
        attachment.by !== 'usb' ||
        (now.has(attachment.port) && now.get(attachment.port) === before.get(attachment.port))
      );
    }),
  );
}

/** Drives whose medium can be changed while they stay. */
function hasSlot(disk: BlockDevice): boolean {
  return disk.disk === undefined && (disk.removable || /^(sr|fd)\d/.test(disk.name));
}

function isCut(found: readonly Found[], attached: readonly Attached[]): boolean {
  return found.length > mostDevices || attached.some(({ volumes }) => volumes.length >= mostVolumes);
}

/** A card's own words; the number of its maker and its day of making are of no use to a rule. */
function readCards(sys: string, blocks: BlockDevices): Map<string, Card> {
  const cards = [...blocks.values()].filter((disk) => disk.cardType === 'SD' && disk.disk === undefined);
  return new Map(
    cards.map(({ name }) => {
      const product = attribute(`${sys}/block/${name}/device/name`);
      const serial = attribute(`${sys}/block/${name}/device/serial`);
      return [name, { ...(product && { product }), ...(serial && { serial }) }];
    }),
  );
}

/** The kernel names the disk of a card after its slot: `mmc0:4567` becomes `mmcblk0`. */
function readWaitingCards(sys: string): WaitingCard[] {
  const folder = `${sys}/bus/mmc/devices`;
  return entries(folder).flatMap((name) => {
    const slot = /^mmc(\d+):/.exec(name)?.[1];
    const word = (what: string) => attribute(`${folder}/${name}/${what}`);
    if (slot === undefined || word('type') !== 'SD' || existsSync(`${folder}/${name}/driver`)) return [];
    const product = word('name');
    const serial = word('serial');
    return [{ disk: `mmcblk${slot}`, ...(product && { product }), ...(serial && { serial }) }];
  });
}
