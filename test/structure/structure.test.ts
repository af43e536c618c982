import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = globSync('{agent,collector,shared}/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const text = (file: string) => readFileSync(join(root, file), 'utf8');

function imports(file: string): string[] {
  const specifiers = [...text(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  );
  return specifiers.flatMap((specifier) => {
    if (specifier.startsWith('#shared/')) return [specifier.replace('#shared/', 'shared/')];
    return specifier.startsWith('.') ? [relative(root, resolve(root, dirname(file), specifier))] : [];
  });
}
const edges = sources.flatMap((file) => imports(file).map((to) => ({ from: file, to })));

describe('the house', () => {
  it('was really looked at', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(edges.length).toBeGreaterThan(sources.length);
  });

  it.each([
    ['shared imports neither side', 'shared/', /^(agent|collector)\//],
    ['the agent never imports the collector', 'agent/', /^collector\//],
    ['the collector never imports the agent', 'collector/', /^agent\//],
    ['watchers know nothing of spool and uplink', 'agent/watchers/', /^agent\/(spool|uplink)\//],
    ['a watcher knows no other watcher', 'agent/watchers/', /^agent\/watchers\/[a-z-]+\//],
  ])('%s', (name, from, forbidden) => {
    const wrong = edges.filter((edge) => {
      if (!edge.from.startsWith(from) || !forbidden.test(edge.to)) return false;
      return !name.startsWith('a watcher knows') || dirname(edge.from).split('/')[2] !== dirname(edge.to).split('/')[2];
    });
    expect(wrong).toEqual([]);
  });

  it('asks which operating system this is in one place only', () => {
    const asking = sources.filter((file) => /process\.platform|os\.platform\(|\bplatform\(\)/.test(text(file)));
    expect(asking).toEqual(['agent/platform/current.ts']);
  });

  it('names the operating system in the file that needs it', () => {
    const reading = sources.filter((file) => /['"`]\/(sys|proc|etc)\//.test(text(file)));
    const unnamed = reading.filter((file) => !/(^|[./])linux\.ts$/.test(file));
    expect(unnamed).toEqual([]);
  });

  it('imports only files that exist, so that no dead path hides a rule', () => {
    expect(edges.filter(({ to }) => !statSync(join(root, to), { throwIfNoEntry: false })?.isFile())).toEqual([]);
  });

  it('holds no decorator, which the compiler lets through and Node does not', () => {
    expect(sources.filter((file) => /^\s*@[A-Za-z]+\s*(\(|$)/m.test(text(file)))).toEqual([]);
  });

  it('writes to the terminal from commands only', () => {
    const printing = sources.filter((file) => /process\.std(out|err)\.write/.test(text(file)));
    expect(printing.sort()).toEqual(['collector/cli.ts', 'shared/command-line.ts']);
  });
});
