import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFolder, noLoopDevices, run } from '../fakes/loop-device.ts';
import { patientLetter, testNumbers } from '../fakes/patients.ts';

/** Per minute. */
export const usualLoad = { saves: 1000, plugs: 5 } as const;
const minute = 60_000;

/** Somebody who saves all the time, and somebody who cannot leave sticks alone. */
export interface Load {
  /** How many there have been. */
  done: { saves: number; plugs: number };
  stop(): void;
}

/** Why there can be no such load here, or undefined when there can: homes and disks are root's to make. */
export const noLoad: string | undefined = noLoopDevices;

/**
 * Saves letters as office programs do (written beside, then renamed, each with other content, in a home of its own), and
 * attaches, mounts, unmounts and takes away a disk image. Evenly spread over each minute.
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

  const timers = [setInterval(save, minute / usualLoad.saves), setInterval(plugOrUnplug, minute / usualLoad.plugs / 2)];
  const stop = () => {
    for (const timer of timers) clearInterval(timer);
    images[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
    process.removeListener('exit', stop);
  };
  process.once('exit', stop);
  return { done, stop };
}
