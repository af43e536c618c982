import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMonths, figuresOf, isMonthClosed } from '../../../collector/reports/figures.ts';
import { maskOf } from '../../../collector/reports/names.ts';
import {
  lastQuarter,
  lastYear,
  monthsAsPeriod,
  periodWords,
  piecesOf,
  readPeriod,
} from '../../../collector/reports/period.ts';
import { fillComputer, fillEvent, reportStatus } from '../console/filling.ts';
import { type TestStore, testStore } from '../console/site.ts';

const day = 86_400_000;
const begun = Date.parse('2026-09-10T09:00:00Z');
const saved = { place: 'desktop', extension: 'docx', sizeBytes: 1, nameHash: 'abc' } as const;
const [september, october] = [monthsAsPeriod('2026-09'), monthsAsPeriod('2026-10')];

describe('the figures of months', () => {
  let made: TestStore;
  beforeEach(async () => {
    made = await testStore(begun);
  });
  afterEach(() => made[Symbol.asyncDispose]());

  async function estate() {
    const computer = await fillComputer(made.context, 'FOC-LT-001');
    await reportStatus(made.context, computer);
    await fillEvent(made.context, computer, 'document.saved', saved);
    return computer;
  }
  const moveTo = (time: string) => made.context.clock.advance(Date.parse(time) - made.context.clock.now());
  const close = () => closeMonths(made.context.store, made.context.clock.now());
  const read = (period: { from: string; to: string }) =>
    figuresOf(made.context.store, period, made.context.clock.now());

  it('are not frozen while the month runs, nor where nothing was ever enrolled', async () => {
    await close();
    await estate();
    await close();
    expect(await isMonthClosed(made.context.store, '2026-09')).toBe(false);
    expect(await isMonthClosed(made.context.store, '2026-08')).toBe(false);
    expect((await read(september)).isClosed).toBe(false);
  });

  it('stay what they were when the month is over: late events are told apart, bodies may go, states may change', async () => {
    const computer = await estate();
    moveTo('2026-10-01T00:05:00Z');
    await close();
    const before = await read(september);
    expect(before).toMatchObject({ isClosed: true, late: 0, dataAsOf: Date.parse('2026-10-01T00:05:00Z') });
    expect([before.counts['events.document.saved'], before.state?.['computers.active'], before.heard]).toEqual([
      1,
      1,
      [computer.no],
    ]);
    await fillEvent(made.context, computer, 'document.saved', saved, { at: begun + day });
    await fillComputer(made.context, 'FOC-LT-002');
    const { store } = made.context;
    await store
      .updateTable('events')
      .set({ line: null, line_hash: Buffer.alloc(32) })
      .execute();
    await store.deleteFrom('alerts').execute();
    await close();
    expect(await read(september)).toEqual({ ...before, late: 1 });
  });

  it('add up over months, closed or not, and count a computer once', async () => {
    const computer = await estate();
    moveTo('2026-10-01T00:05:00Z');
    await close();
    await fillEvent(made.context, computer, 'document.saved', saved);
    const both = await read({ from: september.from, to: october.to });
    expect([both.counts['events.document.saved'], both.heard.length, both.isClosed]).toEqual([2, 1, false]);
  });

  it('have no state when the month was long over: that is no nought', async () => {
    await estate();
    moveTo('2026-11-02T09:00:00Z');
    await close();
    expect((await read(september)).state).toBeNull();
    expect((await read(october)).state?.['computers.active']).toBe(1);
  });

  it('cannot be changed in the store', async () => {
    await estate();
    moveTo('2026-10-01T00:05:00Z');
    await close();
    const { store } = made.context;
    await expect(store.updateTable('monthly_figures').set({ figures: '{}' }).execute()).rejects.toThrow(
      /never changed/,
    );
    await expect(store.deleteFrom('monthly_figures').execute()).rejects.toThrow(/never changed/);
  });
});

describe('a period', () => {
  const now = Date.parse('2026-11-30T07:00:00Z');

  it('is cut at the months', () => {
    const pieces = piecesOf({ from: '2026-09-15', to: '2026-11-30' });
    expect(pieces.map(({ month, isWhole }) => [month, isWhole])).toEqual([
      ['2026-09', false],
      ['2026-10', true],
      ['2026-11', true],
    ]);
  });

  it.each([
    [lastQuarter(now), 'July 2026 to September 2026'],
    [lastQuarter(Date.parse('2026-01-02T00:00:00Z')), 'October 2025 to December 2025'],
    [lastYear(now), 'December 2025 to November 2026'],
    [{ from: '2026-11-03', to: '2026-11-09' }, '3 November 2026 to 9 November 2026'],
    [monthsAsPeriod('2028-02'), 'February 2028'],
  ])('%j is %s', (period, words) => {
    expect(periodWords(period)).toBe(words);
  });

  it.each([
    ['2026-02-30', '2026-03-01', /looks like/],
    ['2026-03-02', '2026-03-01', /ends on the day/],
    ['2026-12-01', '2026-12-31', /not begun/],
    ['2020-01-01', '2026-01-01', /three years/],
    ['=1', '2026-01-01', /looks like/],
  ])('from %s to %s is refused', (from, to, why) => {
    expect(() => readPeriod(from, to, now)).toThrow(why);
  });
});

describe('names of people', () => {
  const mask = maskOf(['Ann Example', 'Example, Ann', 'ann.example', 'O’Neil (Pat)', 'al']);
  it.each([
    ['LT-ann.example-2', 'LT-[name]-2'],
    ['Laptop of ANN EXAMPLE', 'Laptop of [name]'],
    ['Example, Ann', '[name]'],
    ['Joann.examples', 'Joann.examples'],
    ['O’Neil (Pat)', '[name]'],
    ['al dente', 'al dente'],
  ])('%s becomes %s', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });
});
