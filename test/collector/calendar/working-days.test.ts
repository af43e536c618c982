import { describe, expect, it } from 'vitest';
import { bankHolidays } from '../../../collector/calendar/bank-holidays.ts';
import { addWorkingDays, isWorkingDay, londonDay } from '../../../collector/calendar/working-days.ts';

/** As gov.uk lists them for England and Wales. */
const published: Record<number, string[]> = {
  2021: ['01-01', '04-02', '04-05', '05-03', '05-31', '08-30', '12-27', '12-28'],
  2022: ['01-03', '04-15', '04-18', '05-02', '06-02', '06-03', '08-29', '09-19', '12-26', '12-27'],
  2023: ['01-02', '04-07', '04-10', '05-01', '05-08', '05-29', '08-28', '12-25', '12-26'],
  2024: ['01-01', '03-29', '04-01', '05-06', '05-27', '08-26', '12-25', '12-26'],
  2025: ['01-01', '04-18', '04-21', '05-05', '05-26', '08-25', '12-25', '12-26'],
  2026: ['01-01', '04-03', '04-06', '05-04', '05-25', '08-31', '12-25', '12-28'],
  2027: ['01-01', '03-26', '03-29', '05-03', '05-31', '08-30', '12-27', '12-28'],
};

describe('bank holidays', () => {
  it.each(Object.entries(published))('of %s are those that were published', (year, days) => {
    expect(bankHolidays(Number(year))).toEqual(days.map((day) => `${year}-${day}`));
  });

  it('of England and Wales are eight in every year without a proclamation', () => {
    const counts = Array.from({ length: 70 }, (_, index) => bankHolidays(2030 + index).length);
    expect(new Set(counts)).toEqual(new Set([8]));
  });
});

describe('working days', () => {
  it.each([
    ['2026-11-30', true],
    ['2026-11-29', false],
    ['2026-12-28', false],
    ['2026-12-29', true],
  ])('%s: %s', (day, works) => expect(isWorkingDay(day)).toBe(works));

  it.each([
    ['a plain day', '2026-11-30T10:00:00Z', 2, '2026-12-02T10:00:00.000Z'],
    ['over a weekend', '2026-11-27T16:30:00Z', 1, '2026-11-30T16:30:00.000Z'],
    ['over Christmas', '2026-12-24T09:00:00Z', 2, '2026-12-30T09:00:00.000Z'],
    ['begun on a Saturday, from the start of Monday', '2026-11-28T22:00:00Z', 1, '2026-12-01T00:00:00.000Z'],
    [
      'when the clocks go forward, at the same time on the clock',
      '2026-03-27T12:00:00Z',
      1,
      '2026-03-30T11:00:00.000Z',
    ],
    ['none at all', '2026-11-30T10:00:00Z', 0, '2026-11-30T10:00:00.000Z'],
  ])('%s', (_, from, days, to) => {
    expect(new Date(addWorkingDays(Date.parse(from), days)).toISOString()).toBe(to);
  });

  it('are days in London, not in UTC', () => {
    expect(londonDay(Date.parse('2026-07-01T23:30:00Z'))).toBe('2026-07-02');
  });
});
