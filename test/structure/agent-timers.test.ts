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
const comesAgain = /\bsetInterval\(|\bpeekAt\((?!files)|\beveryMilliseconds: \(\) =>/;
/** How it is built, not what is waited for. */
const machinery = ['platform/peek.linux.ts'];

test('every timer that stands has its row in the README, and every row its timer', () => {
  const files = globSync('**/*.ts', { cwd: agent }).filter((file) => comesAgain.test(text(file)));
  expect([...new Set(rows.map(({ file }) => file))].sort()).toEqual(
    files.filter((file) => !machinery.includes(file)).sort(),
  );
});

test.each(rows)('$file: $constant is $seconds s', ({ file, constant, seconds }) => {
  const value = new RegExp(`\\b${constant}(?: =|:|: \\(\\) =>) ([\\d_]+(?: \\* [\\d_]+)*)[;,]`).exec(
    [file, '../shared/protocol/protocol.ts'].map(text).join('\n'),
  )?.[1];
  const milliseconds = value?.split(' * ').reduce((product, number) => product * Number(number.replaceAll('_', '')), 1);
  expect(milliseconds).toBe(seconds * 1000);
});

test('none comes more often than once in a second', () => {
  expect(Math.min(...rows.map(({ seconds }) => seconds))).toBeGreaterThan(1);
});
