import { describe, expect, it } from 'vitest';
import { figureOf, machineNow, median, percentile } from './figures.ts';
import { childrenMilliseconds, parentOf, parseMemory, parseSwitches } from './process-figures.ts';

const taken = { machine: machineNow(0), commit: 'abc' };

describe('figures', () => {
  it.each([
    { values: [3, 1, 2], middle: 2 },
    { values: [4, 1, 2, 3], middle: 2.5 },
    { values: [7], middle: 7 },
  ])('takes $middle as the median of $values', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });

  it('takes the value that the given share lies below', () => {
    const values = Array.from({ length: 100 }, (_, index) => index);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 0.5)).toBe(50);
  });

  it('compares each run with the yardstick of the same run, so that a slow spell counts on both sides', () => {
    const yardstick = { name: 'raw', values: [200, 20, 200] };
    const measured = { figure: 'x', unit: '/s', values: [100, 10, 150], yardstick, how: '' };
    const { value, ratio, runs } = figureOf('b', measured, taken);
    expect({ value, ratio }).toEqual({ value: 100, ratio: 0.5 });
    expect(runs).toEqual({ count: 3, min: 10, max: 150, ratioMin: 0.5, ratioMax: 0.75 });
  });

  it('has no ratio where the yardstick is absent or used nothing', () => {
    const none = { figure: 'x', unit: '/s', values: [1], how: '' };
    expect(figureOf('b', { ...none, yardstick: 'not installed' }, taken).ratio).toBeNull();
    expect(figureOf('b', { ...none, yardstick: { name: 'raw', values: [0] } }, taken).ratio).toBeNull();
  });
});

describe('what Linux tells of a process', () => {
  const stat =
    '4242 (odd ) name) S 17 4242 4242 0 -1 4194560 2861 901 0 0 12 7 30 5 20 0 11 0 9129 1 2 3 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0';

  it('finds parent and time of ended children behind a program name with brackets', () => {
    expect(parentOf(stat)).toBe(17);
    expect(childrenMilliseconds(stat)).toBe(350);
  });

  it('adds private pages, clean and dirty', () => {
    const rollup =
      'Rss:               42728 kB\nPss:               13699 kB\nPrivate_Clean:        68 kB\nPrivate_Dirty:      8168 kB\n';
    expect(parseMemory(rollup)).toEqual({ resident: 42728 * 1024, proportional: 13699 * 1024, private: 8236 * 1024 });
  });

  it('adds both kinds of context switches', () => {
    expect(parseSwitches('voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n')).toBe(15);
  });
});
