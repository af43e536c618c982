import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usualSilenceRules as rules } from '#shared/policy/silence.ts';
import { type Heard, silenceNow, wholeEstate, workingTime } from '../../../collector/register/silence.ts';

const hour = 3_600_000;
const time = (text: string) => Date.parse(text);
const year = { min: time('2026-01-01T00:00:00Z'), max: time('2027-01-01T00:00:00Z') };

describe('working time', () => {
  it.each([
    ['a working day', '2026-11-30T08:00:00Z', '2026-11-30T18:00:00Z', 10],
    ['a night', '2026-11-30T18:00:00Z', '2026-12-01T08:00:00Z', 0],
    ['a weekend', '2026-11-27T18:00:00Z', '2026-11-30T08:00:00Z', 0],
    ['Christmas', '2026-12-24T18:00:00Z', '2026-12-29T08:00:00Z', 0],
    ['from noon to noon over a weekend', '2026-11-27T12:00:00Z', '2026-11-30T12:00:00Z', 10],
    ['a day in summer, by the clock in London', '2026-07-01T07:00:00Z', '2026-07-01T17:00:00Z', 10],
    ['a time that goes back', '2026-11-30T12:00:00Z', '2026-11-30T10:00:00Z', 0],
  ])('in %s', (_what, from, to, hours) => {
    expect(workingTime(time(from), time(to), rules)).toBe(hours * hour);
  });

  it('of two times that follow on each other is that of both together, and never more than the time itself', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(year), { minLength: 3, maxLength: 3 }), (moments) => {
        const [a = 0, b = 0, c = 0] = moments.sort((x, y) => x - y);
        expect(workingTime(a, b, rules) + workingTime(b, c, rules)).toBe(workingTime(a, c, rules));
        expect(workingTime(a, c, rules)).toBeLessThanOrEqual(c - a);
      }),
    );
  });
});

const monday = time('2026-11-02T18:00:00Z');
const friday = time('2026-11-06T12:00:00Z');
const heard = (no: number, lastSeenAt: number, portable = false): Heard => ({ no, lastSeenAt, portable });
const office = Array.from({ length: 9 }, (_, index) => heard(index + 10, friday));
const at = { listeningSince: 0, now: friday };
const numbers = (list: readonly Heard[]) => list.map(({ no }) => no);

describe('a computer', () => {
  it.each([
    ['of the office is missed after three working days', heard(1, monday), [1]],
    ['that is portable is not, yet', heard(1, monday, true), []],
    ['that is portable is after two working weeks', heard(1, time('2026-10-20T09:00:00Z'), true), [1]],
    ['heard yesterday is not', heard(1, friday - 24 * hour), []],
  ])('%s', (_what, computer, missed) => {
    expect(numbers(silenceNow([computer, ...office], new Map(), rules, at).missed)).toEqual(missed);
  });

  it('is not missed for a time in which the collector was away', () => {
    const listening = { ...at, listeningSince: time('2026-11-05T08:00:00Z') };
    expect(silenceNow([heard(1, monday), ...office], new Map(), rules, listening).missed).toEqual([]);
  });

  it('is told once, and is back when it was heard after that', () => {
    const told = new Map([[1, { noticedAt: friday - hour }]]);
    expect(silenceNow([heard(1, monday), ...office], told, rules, at)).toMatchObject({ missed: [], returned: [] });
    expect(silenceNow([heard(1, friday), ...office], told, rules, at).returned).toEqual([1]);
  });

  it('that is no longer in use is settled', () => {
    expect(silenceNow(office, new Map([[1, { noticedAt: monday }]]), rules, at).returned).toEqual([1]);
  });
});

/** Computers of one estate that were all switched off within three hours of one afternoon. */
const estate = fc.array(
  fc.record({
    lastSeenAt: fc.integer({ min: monday - 3 * hour, max: monday }),
    portable: fc.boolean(),
  }),
  { minLength: 5, maxLength: 40 },
);

describe('a whole estate that falls silent', () => {
  it('is told as one before any of its computers is', () => {
    fc.assert(
      fc.property(estate, (drawn) => {
        const computers = drawn.map((one, index) => ({ ...one, no: index + 1 }));
        const told = new Map<number, { noticedAt: number }>();
        let raised = 0;
        for (let now = monday; now < monday + 40 * 24 * hour; now += 6 * hour) {
          const found = silenceNow(computers, told, rules, { listeningSince: 0, now });
          expect(found.missed).toEqual([]);
          if (found.isEstate && !told.has(wholeEstate)) {
            told.set(wholeEstate, { noticedAt: now });
            raised += 1;
          }
        }
        expect(raised).toBe(computers.some(({ portable }) => !portable) || raised === 1 ? 1 : raised);
        expect(told.has(wholeEstate)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
