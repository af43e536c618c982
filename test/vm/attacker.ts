import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Guest } from './guest.ts';

/** What somebody got out of a device: by raw reading, by SCSI commands past the disk, from a file, or by writing. */
export interface Leak {
  how: 'read' | 'scsi' | 'file' | 'write';
  /** Name of the node, `sda1`. */
  from: string;
}

/** A process in the guest that goes for every disk as soon as the kernel has it. See `guest/attacker.c`. */
export interface Attacker {
  leaks(): Leak[];
  /** Waits for a leak of one kind; fails when there is none. Only sensible where a leak is expected. */
  leak(how: Leak['how']): Promise<void>;
  stop(): Promise<void>;
}

/** @param means `write`: it also writes a file onto whatever it can mount, which changes the image */
export async function attack(guest: Guest, means: 'read' | 'write' = 'read'): Promise<Attacker> {
  const process = await guest.start(['/usr/bin/attacker', means]);
  await process.line(/^READY$/);
  return {
    leaks: () => process.lines.flatMap(parseLeak),
    leak: async (how) => void (await process.line(new RegExp(`^LEAK ${how} `))),
    async stop() {
      await guest.run(['/bin/kill', '-KILL', `${process.pid}`]);
      await process.ended;
    },
  };
}

function parseLeak(line: string): Leak[] {
  const [, how, from] = /^LEAK (read|scsi|file|write) (\S+)$/.exec(line) ?? [];
  return how && from ? [{ how: how as Leak['how'], from }] : [];
}

/** Tells whether anything on a medium was changed. Compare after it was pulled out. */
export function fingerprintOf(image: string): string {
  return hash('sha256', readFileSync(image));
}
