import { expect, it } from 'vitest';
import { LocalReference } from '../../../shared/identifiers/local-reference.ts';
import { checker } from '../../../shared/schema.ts';

const { check } = checker(LocalReference);

it.each([
  ['L-######', true],
  ['@@##/????', true],
  ['AB 12 #', true],
  ['#####', true],
  ['ABCDEF', false],
  ['L-#', false],
  ['L-(#+)+', false],
  ['L-####*', false],
  [`L-${'#'.repeat(31)}`, false],
])('the pattern %s is allowed: %o', (pattern, expected) => {
  expect(check({ name: 'case', pattern })).toBe(expected);
});

it.each([
  [['case number'], true],
  [['x'], false],
  [['case\\d'], false],
  [[''], false],
])('the words %j are allowed: %o', (words, expected) => {
  expect(check({ name: 'case', pattern: 'L-####', words })).toBe(expected);
});
