import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentProgram, collectorProgram, type Program } from '../../installers/program.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Whatever a source of the program opens or starts beside itself, by its path in the checkout. */
function foundBesideSources(folder: string): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: checkout }).flatMap((source) =>
    [...readFileSync(join(checkout, source), 'utf8').matchAll(/new URL\('(\.\/[^']+)', import\.meta\.url\)/g)].map(
      ([, name = '']) => join(dirname(source), name),
    ),
  );
}

test.each<[Program, number]>([
  [agentProgram('linux-x64'), 2],
  [collectorProgram('linux-x64'), 6],
])(
  'a package has every thread, process and file that its program ($name) asks for at run time',
  ({ name, entries, data }, least) => {
    const found = foundBesideSources(name);
    expect(found.length).toBeGreaterThanOrEqual(least);
    expect(found.filter((path) => !entries.includes(path) && !data.includes(path))).toEqual([]);
  },
);
