import { describe, expect, it } from 'vitest';
import { counted, dayInWords, duration, moment, sentence, size, startOfDay } from '../../../collector/console/words.ts';

describe('times in words', () => {
  it.each([
    ['2026-11-21T20:15:00.000Z', '21 November 2026, 8:15pm'],
    ['2026-07-01T08:05:00.000Z', '1 July 2026, 9:05am'],
    ['2026-01-01T00:00:00.000Z', '1 January 2026, 12:00am'],
    ['2026-01-01T12:30:00.000Z', '1 January 2026, 12:30pm'],
    ['2026-10-25T00:30:00.000Z', '25 October 2026, 1:30am'],
    ['2026-10-25T01:30:00.000Z', '25 October 2026, 1:30am'],
  ])('%s is %s', (iso, words) => expect(moment(Date.parse(iso))).toEqual({ iso, words }));

  it.each([
    ['2026-11-21', 0, '2026-11-21T00:00:00.000Z'],
    ['2026-07-01', 0, '2026-06-30T23:00:00.000Z'],
    ['2026-03-29', 0, '2026-03-29T00:00:00.000Z'],
    ['2026-03-29', 1, '2026-03-29T23:00:00.000Z'],
    ['2026-10-25', 0, '2026-10-24T23:00:00.000Z'],
    ['2026-10-25', 1, '2026-10-26T00:00:00.000Z'],
    ['2026-12-31', 1, '2027-01-01T00:00:00.000Z'],
  ])('%s and %i days later begins at %s', (date, later, iso) => {
    expect(startOfDay(date, later)).toBe(Date.parse(iso));
  });

  it.each(['', '21/11/2026', '2026-11', 'x2026-11-21'])('%j is no day', (date) =>
    expect(startOfDay(date)).toBeUndefined(),
  );

  it('of days and spans', () => {
    expect(dayInWords('2028-06-30')).toBe('30 June 2028');
    expect([1, 60_000, 7_100_000, 7_200_000, 90_000_000, 400_000_000].map(duration)).toEqual([
      'less than a minute',
      '1 minute',
      '118 minutes',
      '2 hours',
      '25 hours',
      '4 days',
    ]);
  });
});

describe('amounts in words', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [24_576, '24.6 kB'],
    [30_752_636_928, '30.8 GB'],
    [511_000_000_000, '511 GB'],
    [Number.MAX_SAFE_INTEGER, '9 PB'],
  ])('%i is %s', (bytes, words) => expect(size(bytes)).toBe(words));

  it('of things', () => {
    expect([counted(1, 'alert'), counted(0, 'alert'), counted(1204, 'alert')]).toEqual([
      '1 alert',
      '0 alerts',
      '1,204 alerts',
    ]);
    expect(sentence('class-default')).toBe('Class default');
  });
});
