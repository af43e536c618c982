import { readdirSync, readFileSync } from 'node:fs';
import { readIfThere } from '#shared/files.ts';

/** What a process and all it started use at one moment. Linux only. */
export interface Usage {
  processes: number;
  /** Bytes; shared pages count in full for each process. */
  resident: number;
  /** Bytes that would be free if it ended. */
  private: number;
  /** Bytes, shared pages divided among those who share them. */
  proportional: number;
  /** Milliseconds of processor time since its start, ended children included. */
  cpu: number;
  /** Times a thread was put to sleep or taken off the processor. */
  switches: number;
}

/** @throws when the process has ended */
export function usageOf(pid: number): Usage {
  const pids = [pid, ...descendants(pid)];
  const total: Usage = { processes: pids.length, resident: 0, private: 0, proportional: 0, cpu: 0, switches: 0 };
  for (const one of pids) {
    const memory = parseMemory(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'));
    total.resident += memory.resident;
    total.private += memory.private;
    total.proportional += memory.proportional;
    total.cpu += childrenMilliseconds(readFileSync(`/proc/${one}/stat`, 'utf8'));
    for (const thread of readdirSync(`/proc/${one}/task`)) {
      total.cpu += runMilliseconds(readIfThere(`/proc/${one}/task/${thread}/schedstat`) ?? '0');
      total.switches += parseSwitches(readIfThere(`/proc/${one}/task/${thread}/status`) ?? '');
    }
  }
  return total;
}

export function processNamed(name: string): number | undefined {
  return allPids().find((pid) => readIfThere(`/proc/${pid}/comm`)?.trim() === name.slice(0, 15));
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function descendants(pid: number): number[] {
  const children = allPids().filter((one) => parentOf(readIfThere(`/proc/${one}/stat`) ?? '') === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Fields after the program's name, which may hold blanks and brackets; the first is the state. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

export function parentOf(stat: string): number {
  return Number(statFields(stat)[1] ?? Number.NaN);
}

const millisecondsPerTick = 10;

/** Processor time of children that have ended and were waited for. */
export function childrenMilliseconds(stat: string): number {
  const fields = statFields(stat);
  return (Number(fields[13]) + Number(fields[14])) * millisecondsPerTick;
}

/** schedstat counts in nanoseconds, where stat counts in ticks too coarse for an idle process. */
function runMilliseconds(schedstat: string): number {
  return Number(schedstat.split(' ')[0]) / 1e6;
}

export function parseMemory(rollup: string): Pick<Usage, 'resident' | 'private' | 'proportional'> {
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  return {
    resident: bytes('Rss'),
    private: bytes('Private_Clean') + bytes('Private_Dirty'),
    proportional: bytes('Pss'),
  };
}

export function parseSwitches(status: string): number {
  return [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}
