import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Guest } from './guest.ts';

/** What somebody got out of a device: by raw reading, by SCSI commands past the disk, from a file, or by writing. */
export interface Leak {
  how: 'read' | 'scsi' | 'file' | 'write';
  /** Name of the node, `sda1`; `own-sda` is one the attacker made itself. */
  from: string;
}

/** A process in the guest that goes for every disk as soon as the kernel has it. See `guest/attacker.c`. */
export interface Attacker {
  leaks(): Leak[];
  /** Names of the block devices and doors to SCSI that the kernel told of since the attacker was started. */
  nodes(): string[];
  /** When the kernel told of each USB device, in milliseconds of the guest's clock, in order. */
  plugs(): { port: string; at: number }[];
  /** When the watched file was written to, in milliseconds of the guest's clock, in order. */
  stored(): number[];
  /** How long a disk was not read-only after the kernel told of it, in milliseconds; waits until it is. */
  shut(node: string): Promise<number>;
  /** Waits for a leak of one kind; fails when there is none. Only sensible where a leak is expected. */
  leak(how: Leak['how']): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param means `write`: it also writes a file onto whatever it can mount, which changes the image
 * @param watched a file of the guest of which it tells when it is written to
 */
export async function attack(guest: Guest, means: 'read' | 'write' = 'read', watched?: string): Promise<Attacker> {
  const process = await guest.start(['/usr/bin/attacker', means, ...(watched === undefined ? [] : [watched])]);
  await process.line(/^READY$/);
  return {
    leaks: () => process.lines.flatMap(parseLeak),
    nodes: () => process.lines.flatMap((line) => /^NODE (\S+)$/.exec(line)?.[1] ?? []),
    plugs: () => process.lines.flatMap(parsePlug),
    stored: () => process.lines.flatMap((line) => /^STORED (\d+)$/.exec(line)?.[1] ?? []).map(Number),
    async shut(node) {
      const line = await process.line(new RegExp(`^SHUT ${node} `));
      return Number(line.split(' ').at(-1));
    },
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

function parsePlug(line: string): { port: string; at: number }[] {
  const [, port, at] = /^USB (\S+) (\d+)$/.exec(line) ?? [];
  return port && at ? [{ port, at: Number(at) }] : [];
}

/** Tells whether anything on a medium was changed. Compare after it was pulled out. */
export function fingerprintOf(image: string): string {
  return hash('sha256', readFileSync(image));
}
