import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { entries } from '../platform/sysfs.linux.ts';

/**
 * What udev is told of a device before its disks appear: empty files, by kind, named by the place of the device
 * (`1-4`, `mmc0:4567`). A device without them is read-only, hidden from the desktop and without programs.
 */
export const markNames = ['writable', 'shown', 'executable'] as const;
export type MarkName = (typeof markNames)[number];
export type Marks = Readonly<Record<MarkName, ReadonlySet<string>>>;

/** Gone after a restart of the computer, like everything it says something about. */
export function runtimeFolder(run: string): string {
  return `${run}/portcullis`;
}

function folderOf(run: string, name: MarkName): string {
  return `${runtimeFolder(run)}/${name}`;
}

export function markFile(run: string, name: MarkName, place: string): string {
  return `${folderOf(run, name)}/${place}`;
}

export function readMarks(run: string): Marks {
  const read = (name: MarkName) => new Set(entries(folderOf(run, name)));
  return { writable: read('writable'), shown: read('shown'), executable: read('executable') };
}

/** Sets and removes the marks of one place. @throws when /run cannot be written */
export function writeMarks(run: string, place: string, wanted: readonly MarkName[]): void {
  for (const name of markNames) {
    const file = markFile(run, name, place);
    if (!wanted.includes(name)) rmSync(file, { force: true });
    else {
      mkdirSync(folderOf(run, name), { recursive: true, mode: 0o700 });
      writeFileSync(file, '');
    }
  }
}

export function removeMarks(run: string): void {
  for (const name of markNames) rmSync(folderOf(run, name), { recursive: true, force: true });
}
