import type { Stats } from 'node:fs';
import Type from 'typebox';
import type { PathClass } from '#shared/events/document.ts';
import { checker, exactObject } from '#shared/schema.ts';

/** File times come from the kernel's coarse clock and signals through a queue: allow for both. */
export const slackMilliseconds = 2_000;
const mostPersisted = 5000;
const mostKnown = 20_000;

const Memory = exactObject({
  /** Wall-clock time in milliseconds: every save up to it is recorded. */
  upTo: Type.Number(),
  /** Versions recorded although their time lies after `upTo`. */
  recorded: Type.Array(Type.Object({ version: Type.String({ maxLength: 200 }), time: Type.Number() }), {
    maxItems: mostPersisted,
  }),
});
type Memory = Type.Static<typeof Memory>;

/** What has been recorded, so that a rescan, a rename or a mere opening does not tell it again. */
export interface Ledger {
  /** Every save up to this wall-clock time, in milliseconds, is recorded. */
  upTo(): number;
  has(version: string): boolean;
  /** What to store together with these saves; it takes effect by `keep` once it is stored. */
  with(saves: readonly Saved[], upTo: number): { memory: Memory; keep(): void };
}
export interface Saved {
  version: string;
  /** The later of the file's times, in milliseconds: a rescan can come upon it while that is after `upTo`. */
  time: number;
}

/** This content in this place. Names do not count, so a renamed file is the version that it was. */
export function versionOf(stats: Stats, place: PathClass): string {
  // Joined, because V8 keeps a template as a tree of its parts, in several times the memory.
  return [place, stats.ino, stats.mtimeMs, stats.size].join(':');
}

/** @param remembered what the disk gave back; anything unfit counts as a first run, which begins now */
export function openLedger(remembered: unknown, now: number): Ledger & { firstRun: boolean } {
  const memory = checker(Memory);
  const before: Memory | undefined = memory.check(remembered) ? remembered : undefined;
  // After a clock that ran ahead was put right, the time remembered would hide what was saved since.
  let upTo = Math.min(before?.upTo ?? now - slackMilliseconds, now);
  const known = new Map((before?.recorded ?? []).map(({ version, time }) => [version, time]));

  return {
    firstRun: before === undefined,
    upTo: () => upTo,
    has: (version) => known.has(version),
    with(saves, candidate) {
      const next = Math.max(upTo, candidate);
      // Only these two: what else is known of a save, such as its path, stays off the disk.
      const fresh = saves.map(({ version, time }) => ({ version, time }));
      const recent = [...knownAfter(known, next), ...fresh.filter(({ time }) => time > next)];
      return {
        memory: { upTo: next, recorded: recent.slice(-mostPersisted) },
        keep() {
          upTo = next;
          for (const { version, time } of saves) known.set(version, time);
          forget(known);
        },
      };
    },
  };
}

function knownAfter(known: ReadonlyMap<string, number>, time: number): Saved[] {
  const found: Saved[] = [];
  for (const [version, at] of known) if (at > time) found.push({ version, time: at });
  return found;
}

function forget(known: Map<string, number>): void {
  for (const version of known.keys()) {
    if (known.size <= mostKnown) return;
    known.delete(version);
  }
}
