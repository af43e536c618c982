import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, longestText } from '#shared/text.ts';

const hostile = fc.string({ unit: 'binary', maxLength: 600 });

describe('cleaned text', () => {
  it('holds nothing that could forge a line or turn it round, whatever came in', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = cleanText(text);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u);
        expect(clean.length).toBeLessThanOrEqual(longestText);
        expect(clean.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('stays as it is when it is cleaned again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleanText(cleanText(text)).trim()).toBe(cleanText(text).trim());
      }),
    );
  });

  it.each([
    ['an ordinary name', 'Café – Ärzte 東京 👍', 'Café – Ärzte 東京 👍'],
    ['a new line', 'one\ntwo', 'one\uFFFDtwo'],
    ['an escape sequence', '\u001b[31mred', '\uFFFD[31mred'],
    ['a bidirectional override', 'cod\u202Eexe.txt', 'cod\uFFFDexe.txt'],
    ['markup, which is the printer’s to escape', '<script>', '<script>'],
    ['outer blanks', '  STICK  ', 'STICK'],
  ])('is harmless for %s', (_what, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });
});
