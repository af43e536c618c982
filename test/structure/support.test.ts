import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { supportRows } from '../support/proofs.ts';
import { adopt, cellOf, type Kept, renderReadme, renderTests } from '../support/render.ts';
import type { ProvenRow } from '../support/reporter.ts';
import { keptReports, staleSupportPages } from '../support/table.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const row = (more: Partial<ProvenRow> = {}): ProvenRow => ({
  os: 'linux',
  by: 'fixtures',
  capability: 'inventory',
  test: 'a test',
  passed: true,
  ...more,
});
const inventory = { capability: 'inventory', says: 'Hardware' };

describe('the table of support', () => {
  test('is what the kept reports come to: else run npm run support-table', () => {
    expect(staleSupportPages()).toEqual([]);
  });

  test('rests on test files that are there, and on lines of the table', () => {
    const reports = Object.values(keptReports());
    expect(reports.flatMap((kept) => Object.keys(kept)).filter((file) => !existsSync(root + file))).toEqual([]);
    const known = new Set(
      supportRows.map((one: { capability: string; area?: string }) => `${one.capability} ${one.area}`),
    );
    const rows = reports.flatMap((kept) => Object.values(kept).flatMap((one) => one.rows));
    expect(rows.filter(({ capability, area }) => !known.has(`${capability} ${area}`))).toEqual([]);
    expect(rows.length).toBeGreaterThan(50);
  });

  test.each<[string, ProvenRow[], string]>([
    ['nothing', [], 'not proved'],
    ['another system', [row({ os: 'darwin' })], 'not proved'],
    ['a part of it alone', [row({ area: 'disks' })], 'not proved'],
    ['fixtures', [row()], 'proved on fixtures'],
    ['the stronger of two', [row(), row({ by: 'hardware emulation' })], 'proved on hardware emulation'],
    ['what cannot be done', [row({ shows: 'cannot' })], 'cannot be done, and says so'],
    ['what Wine cannot do and a fixture shows', [row({ by: 'wine', shows: 'cannot' }), row()], 'proved on fixtures'],
    ['one that fails among others', [row(), row({ passed: false })], '**a test fails**'],
  ])('a cell with %s', (_what, rows, says) => {
    expect(cellOf(inventory, 'linux', rows)).toBe(says);
  });

  test('a system that has no such thing is no gap', () => {
    expect(cellOf({ ...inventory, without: ['darwin'] }, 'darwin', [])).toBe('–');
  });

  test('a run of one file leaves what others showed, and takes away what is proved no more', () => {
    const before: Kept = {
      'a.test.ts': { date: '2026-01-01', commit: 'old', rows: [row()] },
      'b.test.ts': { date: '2026-01-01', commit: 'old', rows: [row()] },
      'gone.test.ts': { date: '2026-01-01', commit: 'old', rows: [row()] },
    };
    const report = { date: '2026-02-02', commit: 'new', files: { 'b.test.ts': [], 'c.test.ts': [row()] } };
    const after = adopt(before, report, (file) => file !== 'gone.test.ts');
    expect(Object.entries(after).map(([file, { commit }]) => `${file} ${commit}`)).toEqual([
      'a.test.ts old',
      'c.test.ts new',
    ]);
  });

  test('nothing of the README but the table changes, and doing it twice changes nothing', () => {
    const readme =
      'before\n<!-- support table: npm run support-table -->\nold\n<!-- end of the support table -->\nafter\n';
    const once = renderReadme(readme, {});
    expect(once.startsWith('before\n<!-- support')).toBe(true);
    expect(once.endsWith('-->\nafter\n')).toBe(true);
    expect(once).not.toContain('old');
    expect(renderReadme(once, {})).toBe(once);
  });

  test('a test’s name cannot break the page', () => {
    const kept: Kept = { 'a.test.ts': { date: '2026-01-01', commit: 'c', rows: [row({ test: 'one | two' })] } };
    expect(renderTests({ test: kept })).toContain('- one / two (`a.test.ts`, fixtures');
  });
});
