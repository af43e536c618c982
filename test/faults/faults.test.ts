import { expect, it } from 'vitest';
import { faults } from './faults.ts';
import { openSuite } from './suite.ts';

/** One fault of each sort, with seeds that are quick: `npm run faults` does them all, and more. */
const kept = [
  ['kill-agent', 1],
  ['torn-writes-store', 2],
  ['disk-full-spool', 3],
  ['network-cut', 4],
] as const;

it('holds through a handful of faults, each with a fixed seed', { timeout: 240_000 }, async (context) => {
  await using suite = await openSuite();
  for (const [name, seed] of kept) {
    const fault = faults.find((one) => one.name === name);
    if (!fault) throw new Error(`there is no fault ${name}`);
    const because = suite.cannot(fault);
    if (because !== undefined) context.annotate(`${name} skipped: ${because}`);
    else expect(await suite.tryFault(fault, seed)).toMatchObject({ fault: name, wrong: [] });
  }
});

it('has a name and a sentence for every fault, and no two of one name', () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  for (const { name, about } of faults) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(about.length).toBeGreaterThan(20);
  }
});
