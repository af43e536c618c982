import type { VolumeFacts } from '#shared/device/facts.ts';
import type { Attached } from '../watchers/watcher.ts';
import type { Ruled, Wish } from './enforcement.ts';
import type { Kept } from './kept.darwin.ts';
import type { Leftover } from './outcome.ts';

/** One thing to do to a volume. `gives` says that it opens something, as opposed to closing it. */
export interface Action {
  do: 'unmount' | 'mount' | 'mount read-only';
  id: string;
  gives: boolean;
}
export interface Part extends Leftover {
  actions: Action[];
  mechanisms: string[];
}
/** What is left to do so that the system is as wished, and what it then is held by. */
export interface Plan extends Part {
  /** The same, volume by volume. */
  volumes: ReadonlyMap<string, Part>;
}

const storageClasses: ReadonlySet<string> = new Set([
  'usb-storage',
  'external-disk',
  'optical',
  'floppy',
  'memory-card',
  'other',
]);

const taken = 'volume unmounted (diskutil unmount)';
const readOnly = 'volume mounted read-only (diskutil mount readOnly)';
const noDevice = 'macOS lets no program without an entitlement of Apple’s take this device away.';
const noExecute = 'macOS cannot forbid to start programs from a volume.';

/** Pure. Nothing is left to do exactly when the system is as wished, so that a plan is also the reading back. */
export function plan(ruled: Ruled, attached: Attached | undefined, kept: Kept): Plan {
  const { wish, volumes } = ruled;
  const isDenied = (one: Wish) => one.access !== 'full' || !one.connect || !one.execute;
  const whole = [wish, ...volumes.values()];
  if (!attached) {
    const waits = whole.some(isDenied) ? { waits: 'macOS does not show the device at this moment.' } : {};
    return everywhere({ actions: [], mechanisms: [], ...waits }, ruled);
  }
  if (!storageClasses.has(attached.device.class)) {
    return everywhere({ actions: [], mechanisms: [], ...(isDenied(wish) && { spared: noDevice }) }, ruled);
  }
  const parts = attached.volumes.map((volume): [string, Part] => [
    volume.name,
    planVolume(volume, volumes.get(volume.name) ?? wish, kept),
  ]);
  const found = new Map(parts);
  const named = [...volumes.keys()].map((name): [string, Part] => [
    name,
    found.get(name) ?? { actions: [], mechanisms: [] },
  ]);
  return { ...together(parts.map(([, part]) => part)), volumes: new Map(named) };
}

function everywhere(part: Part, { volumes }: Ruled): Plan {
  return { ...part, volumes: new Map([...volumes.keys()].map((name) => [name, part])) };
}

function planVolume(volume: VolumeFacts, { connect, access, execute }: Wish, kept: Kept): Part {
  const { name: id, mountPoint } = volume;
  const isMounted = mountPoint !== undefined;
  if (!connect || access === 'refused' || access === 'held') {
    return { actions: isMounted ? [{ do: 'unmount', id, gives: false }] : [], mechanisms: [taken] };
  }
  const spared = execute ? {} : { spared: noExecute };
  const wasTaken = !isMounted && kept.unmounted.includes(id);
  if (access === 'read-only') {
    const isOpen = isMounted && volume.readOnly !== true;
    if (!isOpen && !wasTaken) return { actions: [], mechanisms: [readOnly], ...spared };
    return { actions: [{ do: 'mount read-only', id, gives: !isOpen }], mechanisms: [readOnly], ...spared };
  }
  const isNarrowed = isMounted && volume.readOnly === true && kept.readOnly.includes(id);
  return { actions: wasTaken || isNarrowed ? [{ do: 'mount', id, gives: true }] : [], mechanisms: [], ...spared };
}

function together(parts: readonly Part[]): Part {
  const spared = parts.find((part) => part.spared !== undefined)?.spared;
  return {
    actions: parts.flatMap(({ actions }) => actions),
    mechanisms: [...new Set(parts.flatMap(({ mechanisms }) => mechanisms))],
    ...(spared !== undefined && { spared }),
  };
}
