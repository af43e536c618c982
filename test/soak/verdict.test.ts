import { describe, expect, it } from 'vitest';
import { type Sample, verdictOf } from './verdict.ts';

const megabyte = 1024 * 1024;
function samples(count: number, resident: (place: number) => number, heap = (_place: number) => 80): Sample[] {
  return Array.from({ length: count }, (_, place) => ({
    seconds: place * 10,
    resident: resident(place) * megabyte,
    heapUsed: heap(place) * megabyte,
    external: 10 * megabyte,
  }));
}

describe('the verdict of a soak', () => {
  it.each([
    ['flat', samples(120, () => 300)],
    ['flat after a warm-up', samples(120, (place) => (place < 30 ? 100 + place * 6 : 300))],
    [
      'a saw-tooth',
      samples(
        120,
        () => 300,
        (place) => 60 + (place % 7) * 10,
      ),
    ],
    ['memory given back', samples(120, (place) => 400 - place)],
    ['one sample that stands out', samples(120, (place) => (place === 110 ? 900 : 300))],
  ])('takes %s for flat', (_, taken) => {
    expect(verdictOf(taken)).toMatchObject({ flat: true });
  });

  it('sees a leak of 6 % behind the saw-tooth of the collector of garbage', () => {
    const leaking = samples(
      240,
      () => 300,
      (place) => 100 + (place % 7) * 4 + place * 0.06,
    );
    expect(verdictOf(leaking)).toMatchObject({ flat: false, says: expect.stringContaining('heapUsed') });
  });

  it('sees growing resident memory while the heap stands still', () => {
    expect(verdictOf(samples(120, (place) => 300 + place))).toMatchObject({ flat: false });
  });

  it('says that a run was too short', () => {
    expect(verdictOf(samples(20, () => 300)).flat).toBeUndefined();
  });
});
