import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSignature, readSignature } from '../../../agent/platform/blkid.linux.ts';

function recorded(name: string): string {
  return readFileSync(new URL(`../../fixtures/block/blkid-${name}.txt`, import.meta.url), 'utf8');
}

describe('what blkid says of a volume', () => {
  it.each([
    ['ext4-hostile-label', { type: 'ext4', version: '1.0', usage: 'filesystem', label: 'we ird"<b>é' }],
    ['luks1', { type: 'crypto_LUKS', version: '1', usage: 'crypto' }],
    ['luks2', { type: 'crypto_LUKS', version: '2', usage: 'crypto' }],
    ['bitlocker', { type: 'BitLocker', version: '2', usage: 'crypto' }],
    ['swap', { type: 'swap', version: '1', usage: 'other' }],
    ['partition-table', {}],
  ])('%s', (name, expected) => {
    expect(parseSignature(recorded(name))).toEqual(expected);
  });

  it('is nothing when nothing was recognised', () => {
    expect(parseSignature('')).toEqual({});
  });

  it('is a failed look when the volume cannot be opened', async () => {
    expect(await readSignature('/dev/no-such-volume')).toMatchObject({ ok: false, error: { code: 'ENOENT' } });
  });
});
