import { expect, it } from 'vitest';
import { fuzzDocuments } from './documents.ts';

it('gives a verdict on every damaged document, and none that quotes it', async () => {
  const result = await fuzzDocuments({ count: 150, seed: 4, progress: () => undefined });
  expect(result.wrong).toEqual([]);
  expect(result.documents).toBe(150);
  expect(Object.values(result.statuses).reduce((sum, count) => sum + count, 0)).toBe(150);
  // Damage that nothing noticed would mean that nothing was damaged.
  expect(result.statuses.failed).toBeGreaterThan(10);
});
