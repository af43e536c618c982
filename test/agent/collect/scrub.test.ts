import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isHarmless, scrubber } from '../../../agent/collect/scrub.ts';

const key = Buffer.alloc(32, 7);
/** What a device, a person or a file may be called, in any script. */
const name = fc
  .string({ unit: 'grapheme', minLength: 3, maxLength: 30 })
  .map((text) => text.replace(/[^\p{L}\p{N}]/gu, ''))
  .filter((text) => text.length >= 3 && !isHarmless(text));
const frame = fc.constantFrom(
  ...['E:ID_MODEL=', '/media/', 'E:ID_FS_LABEL_ENC=', '21 1 8:17 / /mnt/', '"model":"', 'Seriennummer ', '', 'usb:'],
);

test('no name survives, wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(frame, name), { minLength: 1 }), (parts) => {
      const text = parts.map(([before, one]) => `${before}${one} `).join('');
      const clean = scrubber(key)(text);
      const kept = new Set(clean.match(/[\p{L}\p{M}\p{N}]+/gu));
      for (const [, one] of parts) expect(kept.has(one)).toBe(false);
    }),
  );
});

test('a name that udev has escaped does not survive either, and its blanks do', () => {
  const bytes = [...Buffer.from('Анна')].map((byte) => `\\x${byte.toString(16)}`).join('');
  const clean = scrubber(key)(`E:ID_MODEL_ENC=Speicher\\x20${bytes}\\x20stick /media/a\\040b`);
  expect(clean).not.toContain('\\xd0');
  expect(clean).toMatch(/^E:ID_MODEL_ENC=\w{8}\\x20[\w\\]+\\x20\w{5} \/media\/a\\040\w$/);
});

test('words keep their shape, and one word is the same throughout a capture, in capitals or not', () => {
  fc.assert(
    fc.property(name, (one) => {
      const scrub = scrubber(key);
      const clean = scrub(one);
      expect(clean).toHaveLength(one.length);
      expect(clean.replaceAll(/\d/g, '0').match(/0+/g) ?? []).toEqual(one.replaceAll(/\d/g, '0').match(/0+/g) ?? []);
      expect(scrub(`${one} and ${one}`)).toBe(`${clean} and ${clean}`);
    }),
  );
  const scrub = scrubber(key);
  expect(scrub('KINGSTON')).toBe(scrub('Kingston').toUpperCase());
});

test('another capture has other words', () => {
  expect(scrubber(Buffer.alloc(32, 1))('Kingston')).not.toBe(scrubber(Buffer.alloc(32, 2))('Kingston'));
});

test('what parsers need stays', () => {
  const kept = [
    'MODALIAS=usb:v0951p1666d0110dc00dsc00dp00ic08isc06ip50in00',
    '36 27 8:17 / /mnt rw,relatime shared:1 - vfat /dev/sdb1 rw',
    'PRODUCT=951/1666/110 DEVTYPE=usb_device removable',
    'E:ID_FS_TYPE=ntfs',
  ];
  for (const line of kept) expect(scrubber(key)(line)).toBe(line);
});
