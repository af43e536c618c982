import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ending, reconnectDelay } from '../../../agent/uplink/reconnect.ts';

const minute = 60_000;
const lost: Ending = { welcomed: false, retry: true };

describe('the wait before the next connection', () => {
  it.each<[string, Ending, failures: number, from: number, below: number]>([
    ['a second after a good connection', { welcomed: true, retry: true }, 0, 500, 1000],
    ['doubled after one failure', lost, 1, 1000, 2000],
    ['doubled again after two', lost, 2, 2000, 4000],
    ['five minutes at most', lost, 30, 2.5 * minute, 5 * minute],
    ['five minutes at most, after a year of failures', lost, 100_000, 2.5 * minute, 5 * minute],
    ['as long as the collector asks', { ...lost, after: 20_000 }, 0, 20_000, 20_001],
    ['its own when that is longer', { ...lost, after: 10 }, 2, 2000, 4000],
    [
      'a day at most, whatever is asked',
      { ...lost, after: Number.MAX_SAFE_INTEGER },
      0,
      24 * 60 * minute,
      24 * 60 * minute + 1,
    ],
    ['about half an hour after a final refusal', { welcomed: false, retry: false }, 0, 15 * minute, 45 * minute],
  ])('is %s', (_what, ending, failures, from, below) => {
    expect(reconnectDelay(ending, failures, 0)).toBeGreaterThanOrEqual(from);
    expect(reconnectDelay(ending, failures, 1 - Number.EPSILON)).toBeLessThan(below);
  });

  const ending = fc.record(
    { welcomed: fc.boolean(), retry: fc.boolean(), after: fc.nat({ max: Number.MAX_SAFE_INTEGER }) },
    { requiredKeys: ['welcomed', 'retry'] },
  );
  const failures = fc.nat({ max: 1_000_000 });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('always fits a timer and never hammers', () => {
    fc.assert(
      fc.property(ending, failures, chance, (how, times, random) => {
        const delay = reconnectDelay(how, times, random);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThan(2 ** 31);
      }),
    );
  });

  it('never shrinks as failures go on', () => {
    fc.assert(
      fc.property(ending, failures, chance, (how, times, random) => {
        expect(reconnectDelay(how, times + 1, random)).toBeGreaterThanOrEqual(reconnectDelay(how, times, random));
      }),
    );
  });

  it('spreads a crowd that lost its collector at one moment over half of the wait', () => {
    const delays = Array.from({ length: 1000 }, (_, index) => reconnectDelay(lost, 20, index / 1000));
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(2.4 * minute);
    expect(new Set(delays.map((delay) => Math.floor(delay / 1000))).size).toBeGreaterThan(140);
  });
});
