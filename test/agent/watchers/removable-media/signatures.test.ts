import { describe, expect, it, vi } from 'vitest';
import type { Signature } from '../../../../agent/platform/blkid.linux.ts';
import { signatureReader } from '../../../../agent/watchers/removable-media/signatures.linux.ts';
import type { Part } from '../../../../agent/watchers/removable-media/volumes.linux.ts';
import type { Look } from '../../../../agent/watchers/watcher.ts';

const block = { name: 'sdb1', device: '8:17', folder: '', sizeBytes: 1, readOnly: false, removable: true };
const part: Part = { block: { ...block, slaves: [], outside: false, sequence: '5' } };
const vfat: Look<Signature> = { ok: true, seen: { type: 'vfat', usage: 'filesystem' } };

describe('reading signatures', () => {
  it('asks once while the volume stays as it is, and again after five minutes', async () => {
    let time = 0;
    const read = vi.fn(async () => vfat);
    const reader = signatureReader('/dev', () => time, read);
    await reader.signatureOf(part);
    expect(await reader.signatureOf(part)).toMatchObject({ type: 'vfat' });
    expect(read).toHaveBeenCalledTimes(1);
    time = 300_000;
    await reader.signatureOf(part);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it.each<[string, Part]>([
    ['another medium', { block: { ...part.block, sequence: '6' } }],
    ['another size', { block: { ...part.block, sizeBytes: 2 } }],
    ['an opened container', { ...part, opened: 'luks2' }],
  ])('asks again: %s', async (_, changed) => {
    const read = vi.fn(async () => vfat);
    const reader = signatureReader('/dev', () => 0, read);
    await reader.signatureOf(part);
    await reader.signatureOf(changed);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('waits once for a device that hangs, and does not ask it again while it does', async () => {
    vi.useFakeTimers();
    const read = vi.fn(() => new Promise<Look<Signature>>(() => undefined));
    const reader = signatureReader('/dev', () => Date.now(), read);
    const first = reader.signatureOf(part);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await first).toBeUndefined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await reader.signatureOf(part)).toBeUndefined();
    expect(read).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it('tries again soon when the volume could not be read', async () => {
    let time = 0;
    const failed: Look<Signature> = { ok: false, error: { code: 'ENOENT', says: '' } };
    const read = vi.fn(async () => failed);
    const reader = signatureReader('/dev', () => time, read);
    await reader.signatureOf(part);
    time = 10_000;
    await reader.signatureOf(part);
    expect(read).toHaveBeenCalledTimes(2);
  });
});
