import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usbReader } from '../../../../agent/watchers/removable-media/usb.linux.ts';
import { linuxTree, usbDescriptors } from '../../../fakes/linux-tree.ts';

let tree: ReturnType<typeof linuxTree>;
let folder: string;

beforeEach(() => {
  tree = linuxTree();
  folder = `${tree.roots.sys}/bus/usb/devices/1-4`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/descriptors`, usbDescriptors(['08:06:50']));
});
afterEach(() => tree[Symbol.dispose]());

function write(word: string, text: string): void {
  rmSync(`${folder}/${word}`, { force: true });
  writeFileSync(`${folder}/${word}`, `${text}\n`);
}

/** A word that is not had until somebody lets go of the device. */
function hold(word: string): { release(text: string): void } {
  rmSync(`${folder}/${word}`, { force: true });
  execFileSync('mkfifo', [`${folder}/${word}`]);
  const pipe = openSync(`${folder}/${word}`, 'r+');
  return {
    release(text) {
      writeSync(pipe, `${text}\n`);
      closeSync(pipe);
    },
  };
}

describe('the words of a USB device', () => {
  it.each([
    ['was let in', '7', '1'],
    ['waits, and has been seen before', '6', '0'],
  ])('do not hold the agent up while the lock of one that %s is held', async (_, number, authorized) => {
    const read = usbReader(tree.roots.sys, () => 0);
    write('devnum', '6');
    write('authorized', '0');
    write('serial', 'BEFORE');
    expect(await read()).toMatchObject({ ok: true, seen: [{ serial: 'BEFORE' }] });

    write('devnum', number);
    write('authorized', authorized);
    const { release } = hold('serial');
    const reading = read();
    await turnOfTheLoop();
    release('AFTER');
    expect(await reading).toMatchObject({ ok: true, seen: [{ number, serial: 'AFTER' }] });
  });

  it('do not hold the agent up either when the device was there before the agent', async () => {
    write('devnum', '6');
    write('authorized', '0');
    const { release } = hold('serial');
    const reading = usbReader(tree.roots.sys, () => 0)();
    await turnOfTheLoop();
    release('THERE');
    expect(await reading).toMatchObject({ ok: true, seen: [{ serial: 'THERE' }] });
  });
});
