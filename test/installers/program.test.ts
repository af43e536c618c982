import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentProgram, collectorProgram, layOut, type Program } from '../../installers/program.ts';
import { tempFolder } from '../fakes/temp-folder.ts';

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

/** `const { default: si } = await import('systeminformation')`, by what it takes and the package. */
const importedWhenNeeded = /const (\{[^}]*\}|\w+) = await import\('(?!node:|[.#])([^']+)'\)/g;

test('what an agent imports from a bundled package when it is needed, it asks for by its default', () => {
  const { packages } = agentProgram('linux-x64');
  const isBundled = (name: string) => !packages.some((one) => name === one.name || name.startsWith(`${one.name}/`));
  const found = globSync('{agent,shared}/**/*.ts', { cwd: checkout }).flatMap((source) =>
    [...readFileSync(join(checkout, source), 'utf8').matchAll(importedWhenNeeded)]
      .filter(([, , name = '']) => isBundled(name))
      .map(([, taken = '']) => ({ source, taken })),
  );
  expect(found.length).toBeGreaterThan(0);
  // Of a CommonJS package that lies in a file of its own, a bundle has no other name.
  expect(found.filter(({ taken }) => !taken.startsWith('{ default:'))).toEqual([]);
});

test('a laid out agent reads the inventory, and its text is plain ASCII', async () => {
  using folder = tempFolder();
  await layOut(agentProgram(`linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`), folder.path);
  const parts = globSync('agent/**/*.js', { cwd: folder.path });
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.filter((part) => !/^[\0-\x7f]*$/.test(readFileSync(join(folder.path, part), 'utf8')))).toEqual([]);
  const program = join(folder.path, 'agent', 'portcullis-agent.cjs');
  const said = execFileSync(process.execPath, [program, 'inventory', '--json'], { encoding: 'utf8' });
  expect(JSON.parse(said)).toMatchObject({ hostname: hostname() });
});
