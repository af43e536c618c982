import { describe, expect, it } from 'vitest';
import { type Figure, figureOf, type Machine, type Measured } from './figures.ts';
import { benchmarksPage } from './page.ts';

const quiet: Machine = {
  processor: 'Example',
  cores: 2,
  memoryBytes: 24 * 1024 ** 3,
  system: 'linux 6.1',
  node: '24.0.0',
  load: [0.1, 2],
};

function figure(bench: string, measured: Partial<Measured> & { values: number[] }, machine = quiet): Figure {
  const whole = { figure: 'x', unit: 'ms', yardstick: 'none: a time', how: 'So', ...measured };
  return figureOf(bench, whole, { machine, commit: 'abc' });
}
const page = (...figures: Figure[]) => benchmarksPage({ figures, failed: [] });

describe('the page of benchmarks', () => {
  it('says whether a target of the ratio is reached', () => {
    const one = (values: number[]) =>
      figure('spool', { figure: 'one-by-one', values, yardstick: { name: 'raw', values: [100] } });
    expect(page(one([80]))).toContain('| `spool` one-by-one | at least 0.8 of the yardstick | 0.8 | yes |');
    expect(page(one([79]))).toContain('| 0.79 | **no** |');
  });

  it('says of a missed target that others were at work, and marks the whole bench', () => {
    const text = page(figure('latency', { figure: 'stored-p50', values: [200] }, { ...quiet, load: [9, 9] }));
    expect(text).toContain('| at most 150 ms | 200 ms | **no**, on a busy machine |');
    expect(text).toContain('**others were at work**');
  });

  it.each([
    [10, 12, 'linear or better'],
    [10, 20, '**2.00 times** the cost of one'],
  ])('compares the cost of one at the smallest size, %d, and at the largest, %d', (small, large, said) => {
    const at = (size: number, value: number) =>
      figure('b', { figure: `x-${size}`, values: [value], growth: { row: 'cost', of: 'agents', size } });
    expect(page(at(1000, small), at(8000, large))).toContain(
      `| \`b\` cost (ms) | agents: 1,000: ${small} · 8,000: ${large} | ${said} |`,
    );
  });

  it.each([
    [10, 12, 'does not grow'],
    [10, 20, 'linear or better: 2.00 times, beside 8 times as many'],
    [10, 80, 'linear or better: 8.00 times, beside 8 times as many'],
    [10, 160, '**16.00 times, beside 8 times as many**'],
  ])('compares the cost of the same beside little, %d, and beside much, %d', (little, much, said) => {
    const at = (size: number, value: number) =>
      figure('b', {
        figure: `x-${size}`,
        values: [value],
        growth: { row: 'a page', of: 'events stored', size, beside: true },
      });
    expect(page(at(1000, little), at(8000, much))).toContain(
      `| \`b\` a page (ms) | beside events stored: 1,000: ${little} · 8,000: ${much} | ${said} |`,
    );
  });

  it('says once how the figures of a row of growth were taken', () => {
    const at = (size: number) =>
      figure('b', { figure: `x-${size}`, values: [1], growth: { row: 'cost', of: 'agents', size } });
    const text = page(at(1), at(2), figure('b', { figure: 'other', values: [1], how: 'Else' }));
    expect(text).toContain('How of the growth of cost: So.');
    expect(text).toContain('How of other: Else.');
  });

  it('names benches that failed', () => {
    expect(benchmarksPage({ figures: [], failed: ['ingest'] })).toContain('wrong: ingest.');
  });
});
