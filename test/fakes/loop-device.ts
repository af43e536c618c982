import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why loop devices cannot be used here, or undefined when they can. */
export const noLoopDevices: string | undefined =
  process.getuid?.() !== 0 ? 'needs root' : existsSync('/dev/loop-control') ? undefined : 'needs loop devices';

export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function hasTool(name: string): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(`${folder}/${name}`));
}

/** A folder with images that can be attached and mounted; everything is undone at its disposal. */
export function imageFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-images-'));
  const undo: (() => void)[] = [];
  return {
    folder,
    image(name: string, sizeBytes: number): string {
      const path = join(folder, name);
      writeFileSync(path, '');
      truncateSync(path, sizeBytes);
      return path;
    },
    /** @returns the device and how to take it away */
    attach(image: string, ...options: string[]) {
      const device = run('losetup', '-f', '--show', ...options, image);
      const detach = once(() => run('losetup', '-d', device));
      undo.push(detach);
      const name = device.replace('/dev/', '');
      return { device, name, place: loopPlace(name), detach };
    },
    mount(device: string, ...options: string[]) {
      const place = mkdtempSync(join(folder, 'mount-'));
      run('mount', ...options, device, place);
      let isMounted = true;
      const unmount = () => {
        if (isMounted) run('umount', place);
        isMounted = false;
      };
      // At the end of a test somebody may still be reading a file of it.
      undo.push(() => void (isMounted && run('umount', '--lazy', place)));
      return { place, unmount };
    },
    [Symbol.dispose]() {
      for (const step of undo.toReversed()) step();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function once(step: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    step();
  };
}

/** Loop device and number of the image in it: other tests take the same device the moment it is free. */
export function loopPlace(name: string): string {
  return `${name}:${readFileSync(`/sys/block/${name}/diskseq`, 'utf8').trim()}`;
}
