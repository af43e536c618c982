import { type BitLockerVolume, readBitLocker } from '../../platform/encryption.windows.ts';
import { readMedia } from '../../platform/media.windows.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { Source } from '../reconcile.ts';
import { type Look, lookFailed, type WatcherContext, type WatcherFactory } from '../watcher.ts';
import { mediaCoverage } from './coverage.windows.ts';
import { findMedia } from './devices.windows.ts';
import { type Attached, mostDevices, mostVolumes, removableMedia } from './index.ts';
import { volumeFacts } from './volumes.windows.ts';

/** Letters of drives are compared so often, in milliseconds: one call that costs less than a microsecond. */
const peekMilliseconds = 2_000;
/** BitLocker's answer is kept so long, in milliseconds, while the volumes are the same. */
const keptMilliseconds = 30_000;

type BitLocker = Look<BitLockerVolume[] | undefined>;

/** Watches removable media by the device manager, the volumes and BitLocker; lines of the service host make it look sooner. */
export function watchRemovableMediaOnWindows(system: WindowsSystem): WatcherFactory {
  return (context) => removableMedia(mediaSource(system, context))(context);
}

function mediaSource(system: WindowsSystem, context: WatcherContext): Source<Attached[]> {
  const { volumes, host, wmi } = system;
  let seen = { isCut: false, bitLocker: undefined as BitLocker | undefined };
  let kept: { of: string; at: number; answer: BitLocker } | undefined;

  function bitLockerOf(names: readonly string[]): BitLocker {
    if (names.length === 0) return { ok: true, seen: undefined };
    const now = context.clock.monotonic();
    const of = names.join();
    if (kept?.of !== of || now - kept.at > keptMilliseconds) kept = { of, at: now, answer: readBitLocker(wmi) };
    return kept.answer;
  }

  function note(next: typeof seen): void {
    const isNews = JSON.stringify(mediaCoverage(next, {})) !== JSON.stringify(mediaCoverage(seen, {}));
    seen = next;
    if (isNews) context.coverageChanged();
  }

  return {
    look() {
      try {
        const found = findMedia(readMedia(system));
        const bitLocker = bitLockerOf(found.flatMap((one) => one.volumes.map(({ name }) => name)));
        const isCut = found.length > mostDevices || found.some((one) => one.volumes.length > mostVolumes);
        note({ isCut, bitLocker: kept?.answer });
        const attached = found.slice(0, mostDevices).map((one) => ({
          device: one.device,
          volumes: one.volumes.slice(0, mostVolumes).map((volume) => volumeFacts(volume, bitLocker)),
        }));
        return Promise.resolve({ ok: true, seen: attached });
      } catch (error) {
        return Promise.resolve(lookFailed(error, 'The devices could not be listed'));
      }
    },
    listen(wake) {
      const deafen = [host.on('device', wake), host.on('volume', wake)];
      let letters = volumes.letters();
      const timer = setInterval(() => {
        const now = volumes.letters();
        if (now !== letters) wake();
        letters = now;
      }, peekMilliseconds).unref();
      return Promise.resolve({
        stop() {
          clearInterval(timer);
          for (const end of deafen) end();
          return Promise.resolve();
        },
      });
    },
    coverage: (trouble) => mediaCoverage(seen, trouble),
  };
}
