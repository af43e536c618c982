import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsPattern } from '#shared/policy/pattern.ts';

describe('a pattern of names', () => {
  it.each([
    ['firefox', 'firefox', true],
    ['firefox', 'firefox-esr', false],
    ['firefox*', 'firefox-esr', true],
    ['*', '', true],
    ['lib*-perl', 'libjson-perl', true],
    ['lib*-perl', 'lib-perl', true],
    ['lib*-perl', 'libperl', false],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'axbxc', true],
    ['a*b*c', 'axcxb', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['', 'x', false],
    ['Fire*', 'fireFOX', true],
    [`${'a*'.repeat(99)}b`, 'a'.repeat(255), false],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(fitsPattern(pattern, text)).toBe(expected);
  });

  it('agrees with the plain definition of the star', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(short, text, (pattern, name) => fitsPattern(pattern, name) === byDefinition(pattern, name)),
      {
        numRuns: 2000,
      },
    );
  });
});

function byDefinition(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return byDefinition(pattern.slice(1), text) || (text !== '' && byDefinition(pattern, text.slice(1)));
  }
  return text !== '' && pattern[0] === text[0] && byDefinition(pattern.slice(1), text.slice(1));
}
