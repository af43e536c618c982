import Type from 'typebox';
import { checker, exactObject, Text } from '#shared/schema.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';

/** One moment by both clocks: the one on the wall, and the one that nobody can set. Milliseconds. */
const ClockMark = exactObject({ at: Type.Number(), uptime: Type.Number(), bootId: Text });
export type ClockMark = Type.Static<typeof ClockMark>;

/** Less is what time services correct every day. Milliseconds. */
export const clockThreshold = 2 * 60_000;
/** As far as the clock may be from the collector's and still be right. Milliseconds. */
const rightWithin = 60_000;
const betweenMemories = 60 * 60_000;
const name = 'clock';

/**
 * By how much the wall clock was moved between two moments, forward or (negative) back. Pure. Across a start of the computer
 * nobody can tell how long it was off, so only a clock that went back shows.
 */
export function clockMoved(before: ClockMark, now: ClockMark): number {
  if (before.bootId === now.bootId) return now.at - before.at - (now.uptime - before.uptime);
  return Math.min(0, now.at - before.at);
}

/** Whether a move put the clock right. Pure. @param ahead by how much the collector's clock was ahead before the move */
export function isCorrection(moved: number, ahead: number | undefined): boolean {
  return ahead !== undefined && Math.abs(ahead - moved) <= rightWithin && Math.abs(ahead - moved) < Math.abs(ahead);
}

export interface ClockWatchParts {
  mark(): ClockMark;
  recall(name: string): unknown;
  record(changes: readonly Change[], memory: Memory): void;
}

export interface ClockWatch {
  /** Compares; to be called at the start and now and then. Only a move is told. */
  look(): void;
  /** The collector told its time. @param milliseconds by which it is ahead */
  heard(milliseconds: number): void;
  /** Puts the last moment on the disk, for the next start. */
  stop(): void;
}

/** Tells when the clock of the computer is moved by another hand than that of time itself. */
export function clockWatch({ mark, recall, record }: ClockWatchParts): ClockWatch {
  const remembered = recall(name);
  let before = checker(ClockMark).check(remembered) ? remembered : undefined;
  let kept = before;
  let ahead: number | undefined;

  function keep(now: ClockMark, changes: readonly Change[] = []): void {
    record(changes, { name, value: now });
    kept = now;
  }

  return {
    look() {
      const now = mark();
      const moved = before ? clockMoved(before, now) : 0;
      before = now;
      const isMoved = Math.abs(moved) >= clockThreshold;
      if (isMoved && !isCorrection(moved, ahead)) keep(now, [tampered(moved)]);
      else if (isMoved || !kept || kept.bootId !== now.bootId || Math.abs(now.at - kept.at) >= betweenMemories)
        keep(now);
      if (ahead !== undefined && isMoved) ahead -= moved;
    },
    heard(milliseconds) {
      ahead = milliseconds;
    },
    stop: () => keep(mark()),
  };
}

function tampered(moved: number): Change {
  const seconds = Math.round(Math.abs(moved) / 1000);
  const because = `The clock was put ${moved > 0 ? 'forward' : 'back'} by ${seconds} seconds.`;
  return { kind: 'agent.tampered', data: { what: 'clock', because } };
}
