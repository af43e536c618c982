import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkedNumber, checkedValue } from '../../../../agent/identifiers/detector/health-numbers.ts';

function bothOf(text: Buffer): { value: number; grouped: number } {
  // Neither at the beginning nor at the end of its memory.
  const around = Buffer.concat([Buffer.from('7'), text, Buffer.from('7')]);
  const view = new DataView(around.buffer, around.byteOffset, around.length);
  return { value: checkedValue(view, 1), grouped: checkedNumber(around, 1, 4, 7) };
}

const tenDigits = fc.bigInt({ min: 0n, max: 9_999_999_999n }).map((number) => String(number).padStart(10, '0'));

it('takes ten digits in a row for the number that three groups of them make', () => {
  fc.assert(
    fc.property(tenDigits, (digits) => {
      const { value, grouped } = bothOf(Buffer.from(digits));
      expect(value).toBe(grouped);
    }),
    { numRuns: 2000, examples: [['0000000000'], ['1111111111'], ['9999999999'], ['9993100005'], ['4010232137']] },
  );
});

it('takes nothing for digits that is none, wherever it stands', () => {
  for (let place = 0; place < 10; place += 1)
    for (let byte = 0; byte < 256; byte += 1) {
      const text = Buffer.from('9993100005');
      text[place] = byte;
      const { value, grouped } = bothOf(text);
      expect(value).toBe(grouped);
      if (byte < 0x30 || byte > 0x39) expect(value).toBe(-1);
    }
});
