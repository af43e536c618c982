import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchFolder } from '../../../agent/platform/folder-signals.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-signals-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const isDisk = (name: string) => name.startsWith('sd');

describe('signs of a folder', () => {
  it('come when a wanted entry appears and when it goes', async () => {
    const wake = vi.fn();
    const watching = watchFolder(folder, isDisk, wake);
    writeFileSync(join(folder, 'sdb'), '');
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), 30_000);
    const soFar = wake.mock.calls.length;
    rmSync(join(folder, 'sdb'));
    await vi.waitFor(() => expect(wake.mock.calls.length).toBeGreaterThan(soFar), 30_000);
    watching?.stop();
  });

  it('are none for other entries and for writing', async () => {
    writeFileSync(join(folder, 'sda'), '');
    const wake = vi.fn();
    const watching = watchFolder(folder, isDisk, wake);
    writeFileSync(join(folder, 'tty1'), 'x');
    writeFileSync(join(folder, 'sda'), 'x');
    writeFileSync(join(folder, 'sdz'), '');
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(1), 30_000);
    watching?.stop();
  });

  it('stop for a while in a folder that is too loud', async () => {
    const wake = vi.fn();
    const watching = watchFolder(folder, isDisk, wake);
    for (let count = 0; count < 100; count++) writeFileSync(join(folder, `noise${count}`), '');
    writeFileSync(join(folder, 'sdb'), '');
    // Another watcher hears all of it, so that the loud one has had its chance.
    mkdirSync(join(folder, 'quiet'));
    const heard = vi.fn();
    const quiet = watchFolder(join(folder, 'quiet'), () => true, heard);
    writeFileSync(join(folder, 'quiet', 'last'), '');
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), 30_000);
    expect(wake).not.toHaveBeenCalled();
    watching?.stop();
    quiet?.stop();
  });

  it('cannot be had from a folder that does not exist', () => {
    expect(watchFolder(join(folder, 'none'), isDisk, vi.fn())).toBeUndefined();
  });
});
