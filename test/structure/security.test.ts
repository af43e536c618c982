import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const sections = text('docs/security.md').split(/^## /m).slice(1);
const rowsOf = (section: string) =>
  section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| What |'));
const rows = sections.flatMap(rowsOf);

describe('the threat model', () => {
  it.each([
    'staff member',
    'local administrator',
    'network attacker',
    'malicious device',
    'stolen laptop',
    'clone',
    'console user',
    'Disks, power, clocks',
  ])('has rows for: %s', (attacker) => {
    const about = sections.filter((section) => section.split('\n')[0]?.includes(attacker));
    expect(about.flatMap(rowsOf).length).toBeGreaterThan(0);
  });

  it.each(rows)('names a test that exists: %s', (row) => {
    const [, file = '', name = ''] = /\| `(test\/[\w./-]+)`: "([^"]+)" \|$/.exec(row) ?? [];
    expect(existsSync(join(root, file || 'no test is named'))).toBe(true);
    expect(text(file)).toContain(name);
  });
});
