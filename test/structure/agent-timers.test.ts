import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const agent = fileURLToPath(new URL('../../agent/', import.meta.url));
const text = (file: string) => readFileSync(join(agent, file), 'utf8');

/** Rows of the README's table of timers: `file`, `constant`, seconds, reason. */
const rows = [...text('README.md').matchAll(/^\| `([\w./-]+\.ts)` \| `(\w+)` \| ([\d.]+) s \| (.+) \|$/gm)].map(
  ([, file = '', constant = '', seconds = '', reason = '']) => ({ file, constant, seconds: Number(seconds), reason }),
);

/** What comes again and again by itself: an interval, a list that is compared, or a look at the truth. */
const comesAgain = /\bsetInterval\(|\bpeekAt\(\(|\b(?:every|rescanEvery)Milliseconds: \(\) =>/;
/** How others do it, or what ends by itself. */
const machinery = ['platform/peek.linux.ts', 'watchers/document-saves/index.ts'];
/** They set themselves again. */
const rearmed = ['health/inventory.ts', 'watchers/media-files/walking.ts'];

test('every timer that stands has its row in the README, and every row its timer', () => {
  const files = globSync('**/*.ts', { cwd: agent }).filter((file) => comesAgain.test(text(file)));
  const expected = [...files.filter((file) => !machinery.includes(file)), ...rearmed].sort();
  expect([...new Set(rows.map(({ file }) => file))].sort()).toEqual(expected);
});

/** `const name = 5 * 60_000;`, `name: 30_000,` or `name: () => 10_000,` */
function constantIn(constant: string, source: string): number | undefined {
  const found = new RegExp(`\\b${constant}(?: =|:|: \\(\\) =>) ([\\d_]+(?: \\* [\\d_]+)*)[;,]`).exec(source)?.[1];
  return found?.split(' * ').reduce((product, number) => product * Number(number.replaceAll('_', '')), 1);
}

test.each(rows)('$file: $constant is $seconds s', ({ file, constant, seconds }) => {
  const value = constantIn(constant, text(file)) ?? constantIn(constant, text('../shared/protocol/protocol.ts'));
  expect(value).toBe(constant.endsWith('Minutes') ? seconds / 60 : seconds * 1000);
});

test('none comes more often than once in a second', () => {
  expect(Math.min(...rows.map(({ seconds }) => seconds))).toBeGreaterThan(1);
});
