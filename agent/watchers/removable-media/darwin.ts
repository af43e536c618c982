import { type Storage, storageReader } from '../../platform/darwin/storage.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { parseUsb, type UsbDevice } from '../../platform/darwin/usb.ts';
import { watchFolder } from '../../platform/folder-signals.ts';
import type { Source } from '../reconcile.ts';
import { type Look, lookFailed, type WatcherContext, type WatcherFactory } from '../watcher.ts';
import { mediaCoverage } from './coverage.darwin.ts';
import { findMedia } from './devices.darwin.ts';
import { type Attached, mostDevices, mostVolumes, removableMedia } from './index.ts';
import { listenToUsbPackage } from './usb-package.ts';

/** Where macOS mounts media for people. */
const mountFolder = '/Volumes';
/** The disk of a stick comes a moment after the stick. */
const afterwards = 1_500;

/** Watches removable media by I/O Kit's registry and diskutil; folders in /Volumes and USB notices make it look sooner. */
export function watchRemovableMediaOnDarwin(tools: Tools): WatcherFactory {
  return (context) => removableMedia(mediaSource(tools, context))(context);
}

function mediaSource(tools: Tools, context: WatcherContext): Source<Attached[]> {
  const readStorage = storageReader(tools, () => context.clock.monotonic());
  let isCut = false;

  return {
    async look() {
      const media = await readMedia(tools, readStorage);
      if (!media.ok) return media;
      const found = findMedia(media.seen.usb, media.seen.storage);
      const wasCut = isCut;
      isCut = found.length > mostDevices || found.some(({ volumes }) => volumes.length > mostVolumes);
      if (isCut !== wasCut) context.coverageChanged();
      const seen = found.slice(0, mostDevices).map((one) => ({ ...one, volumes: one.volumes.slice(0, mostVolumes) }));
      return { ok: true, seen };
    },
    async listen(wake) {
      let late: NodeJS.Timeout | undefined;
      const wakeTwice = () => {
        wake();
        clearTimeout(late);
        late = setTimeout(wake, afterwards).unref();
      };
      const folder = watchFolder(mountFolder, () => true, wakeTwice);
      const usb = await listenToUsbPackage(wakeTwice);
      return {
        async stop() {
          clearTimeout(late);
          folder?.stop();
          await usb?.stop();
        },
      };
    },
    coverage: (trouble) => mediaCoverage(isCut, trouble),
  };
}

/** Reads everything that tells what is plugged in. */
export async function readMedia(
  tools: Tools,
  readStorage: () => Promise<Look<Storage>>,
): Promise<Look<{ usb: UsbDevice[]; storage: Storage }>> {
  const registry = await tools.run('ioreg', ['-a', '-r', '-l', '-w', '0', '-c', 'IOUSBHostDevice']);
  if (!registry.ok) return registry;
  const storage = await readStorage();
  if (!storage.ok) return storage;
  try {
    return { ok: true, seen: { usb: parseUsb(registry.seen), storage: storage.seen } };
  } catch (error) {
    return lookFailed(error, 'The list of USB devices could not be read');
  }
}
