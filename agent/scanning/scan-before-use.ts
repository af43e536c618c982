import type { Logger } from 'pino';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { errorCode } from '#shared/errors.ts';
import type { EventData } from '#shared/events/kinds.ts';
import type { ScanBeforeUse, ScanConsequence } from '#shared/policy/scan.ts';
import type { Wish } from '../enforcement/enforcement.ts';
import type { Unsupported } from '../watchers/watcher.ts';
import type { Scanned, Scanning } from './scanner.ts';

/** The answer for a medium: whole and clean, something found, or not scanned whole. */
type Verdict = 'clean' | 'infected' | 'not-scanned';

export interface ScanParts {
  scanning: Scanning | Unsupported;
  /** Milliseconds that only grow. */
  monotonic(): number;
  log: Logger;
  /** A scan has ended: what it found, to be recorded, and the medium may be decided anew. */
  ended(scanned: EventData<'media.scanned'>): void;
}

export interface Medium {
  key: string;
  device: DeviceFacts;
  volumes: readonly VolumeFacts[];
}

/** Keeps media from use until an antivirus has looked at them. */
export interface ScanGate {
  /** What of a wish remains for now; begins the scan that is missing, once the agent may open the medium. */
  narrow(wish: Wish, medium: Medium, rule: ScanBeforeUse | undefined): { wish: Wish; holds?: string };
  /** Forgets media that are gone. */
  keepOnly(keys: ReadonlySet<string>): void;
  /** Ends scans that run. */
  stop(): Promise<void>;
}

interface Known {
  /** What is on the medium: another card in the same reader is another medium. */
  content: string;
  verdict?: Verdict;
}

const consequences: Record<ScanConsequence, (wish: Wish) => Wish> = {
  refuse: (wish) => ({ ...wish, access: 'refused', execute: false }),
  'read-only': (wish) => ({ ...wish, access: 'read-only', execute: false }),
  'allow-and-record': (wish) => wish,
};

export function scanGate(parts: ScanParts): ScanGate {
  const known = new Map<string, Known>();
  const stopping = new AbortController();
  /** One scan at a time: a second one would only make both slower. */
  let running: Promise<void> = Promise.resolve();

  function begin(medium: Medium, rule: ScanBeforeUse): void {
    const entry: Known = { content: contentOf(medium) };
    known.set(medium.key, entry);
    running = running.then(async () => {
      if (known.get(medium.key) !== entry || stopping.signal.aborted) return;
      const scanned = await scan(medium, rule);
      if (stopping.signal.aborted) return;
      entry.verdict = scanned.result;
      parts.ended(scanned);
    });
  }

  async function scan(medium: Medium, rule: ScanBeforeUse): Promise<EventData<'media.scanned'>> {
    const start = parts.monotonic();
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(rule.maxMinutes * 60_000)]);
    const found = await scanVolumes(medium, signal).catch((error: unknown) => errorCode(error));
    const durationMs = Math.round(parts.monotonic() - start);
    const { device } = medium;
    if (typeof found === 'string') {
      parts.log.warn({ code: found }, 'a medium could not be scanned');
      return { device, result: 'not-scanned', durationMs, because: found.slice(0, 250) };
    }
    const { infected, unread } = found;
    return { device, result: infected > 0 ? 'infected' : unread > 0 ? 'not-scanned' : 'clean', durationMs, ...found };
  }

  /** @returns what was found, or why nothing could be looked for */
  async function scanVolumes({ volumes }: Medium, signal: AbortSignal): Promise<Scanned | string> {
    const { scanning } = parts;
    if ('unsupported' in scanning) return scanning.unsupported;
    const scanner = await firstAvailable(scanning.scanners);
    if (!scanner) return 'There is no antivirus with signatures.';
    let sum: Scanned | undefined;
    for (const { name, filesystem } of volumes.filter(isMountable)) {
      const opened = await scanning.open({ name, ...(filesystem !== undefined && { filesystem }) });
      if (!opened.ok) return `A volume could not be opened (${opened.error.code}).`;
      try {
        const look = await scanner.scan(opened.seen.folder, signal);
        if (!look.ok) return `${scanner.name}: ${look.error.code}`;
        sum = sum ? added(sum, look.seen) : look.seen;
      } finally {
        await opened.seen.close();
      }
    }
    return sum ?? 'It holds no volume that can be read.';
  }

  return {
    narrow(wish, medium, rule) {
      const isMeant = rule?.classes.includes(medium.device.class) && ['read-only', 'full'].includes(wish.access);
      if (!rule || !isMeant) return { wish };
      if (isLocked(medium)) return { wish };
      if (medium.volumes.length > 0 && known.get(medium.key)?.content !== contentOf(medium)) begin(medium, rule);
      switch (known.get(medium.key)?.verdict) {
        case 'clean':
          return { wish };
        case 'infected':
          return { wish: consequences[rule.whenInfected](wish) };
        case 'not-scanned':
          return { wish: consequences[rule.whenNoScanner](wish) };
        default:
          return { wish: held(wish, rule), holds: 'It waits for the antivirus.' };
      }
    },
    keepOnly(keys) {
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function held(wish: Wish, { until }: ScanBeforeUse): Wish {
  return { ...wish, access: until === 'no-access' ? 'held' : 'read-only', execute: false };
}

/** What stays the same when a volume is mounted or made read-only. */
function contentOf({ volumes }: Medium): string {
  return JSON.stringify(volumes.map(({ name, label, filesystem, sizeBytes }) => [name, label, filesystem, sizeBytes]));
}

/** Holds nothing that can be read yet. What a container holds becomes another content, and is scanned, once it is opened. */
function isLocked({ volumes }: Medium): boolean {
  return volumes.length > 0 && volumes.every(({ encryption }) => encryption === 'locked');
}

const withoutFiles: ReadonlySet<string> = new Set(['crypto_LUKS', 'BitLocker', 'swap', 'LVM2_member']);

function isMountable({ filesystem }: VolumeFacts): boolean {
  return filesystem !== undefined && !withoutFiles.has(filesystem);
}

function added(one: Scanned, other: Scanned): Scanned {
  const { infected, files, bytes, unread } = other;
  return {
    ...one,
    infected: one.infected + infected,
    files: one.files + files,
    bytes: one.bytes + bytes,
    unread: one.unread + unread,
  };
}

async function firstAvailable(scanners: Scanning['scanners']): Promise<Scanning['scanners'][number] | undefined> {
  for (const scanner of scanners) if (await scanner.available()) return scanner;
  return undefined;
}
