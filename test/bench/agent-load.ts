import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFolder, noLoopDevices, run } from '../fakes/loop-device.ts';
import { patientLetter, testNumbers } from '../fakes/patients.ts';

/** Per minute; 0 is none. */
export interface Pace {
  saves: number;
  plugs: number;
}
export const usualLoad: Pace = { saves: 1000, plugs: 5 };
const minute = 60_000;

/** Somebody who saves all the time, and somebody who cannot leave sticks alone. */
export interface Load {
  /** How many there have been. */
  done: { saves: number; plugs: number };
  /** From now on so many. A medium that is there is taken away. */
  pace(pace: Pace): void;
  stop(): void;
}

/** Why there can be no such load here, or undefined when there can: homes and disks are root's to make. */
export const noLoad: string | undefined = noLoopDevices;

/**
 * Saves letters as office programs do (written beside, then renamed, each with other content, in a home of its own), and
 * attaches, mounts, unmounts and takes away a disk image. Evenly spread over each minute; as many as usual at first.
 */
export function startLoad(): Load {
  const home = `/home/portcullis-bench-${process.pid}`;
  const documents = join(home, 'Documents');
  mkdirSync(documents, { recursive: true });
  const images = imageFolder();
  const image = images.image('stick.img', 16 * 1024 * 1024);
  run('mkfs.ext4', '-q', image);
  const done = { saves: 0, plugs: 0 };

  function save(): void {
    const letter = patientLetter(testNumbers(1, done.saves + 1));
    const file = join(documents, `letter-${done.saves}.docx`);
    writeFileSync(`${file}.tmp`, letter);
    renameSync(`${file}.tmp`, file);
    done.saves += 1;
  }

  let takeAway: (() => void) | undefined;
  /** A medium stays for half of the time. */
  function plugOrUnplug(): void {
    if (takeAway) {
      takeAway();
      takeAway = undefined;
      return;
    }
    const { device, detach } = images.attach(image);
    const { unmount } = images.mount(device);
    takeAway = () => {
      unmount();
      detach();
    };
    done.plugs += 1;
  }

  let timers: NodeJS.Timeout[] = [];
  const rest = () => {
    for (const timer of timers) clearInterval(timer);
    timers = [];
  };
  function pace({ saves, plugs }: Pace): void {
    rest();
    if (takeAway) plugOrUnplug();
    if (saves > 0) timers.push(setInterval(save, minute / saves));
    if (plugs > 0) timers.push(setInterval(plugOrUnplug, minute / plugs / 2));
  }

  const stop = () => {
    rest();
    images[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
    process.removeListener('exit', stop);
  };
  process.once('exit', stop);
  pace(usualLoad);
  return { done, pace, stop };
}
