import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { minimise } from './minimise.ts';
import { Broken, type Target } from './target.ts';
import { type TargetName, targets } from './targets.ts';

/** A reader that stumbles over one letter, and one that never does. */
const stumbling: Target = {
  patience: 1000,
  make: (random) => ({ part: 'text', bytes: Buffer.from(`begin ${random()} ${random() < 0.3 ? 'x' : 'y'} end`) }),
  look({ bytes }) {
    if (bytes.includes('x')) throw new TypeError('there is an x');
    return 'read';
  },
};

describe('the fuzzer', () => {
  it('finds what stumbles, once, and makes it as small as it goes', async () => {
    const { found, inputs, outcomes } = await fuzz(stumbling, { seed: 1, count: 50 });
    expect(found).toMatchObject([
      { fault: 'TypeError: there is an x', input: { part: 'text', bytes: Buffer.from('x') } },
    ]);
    expect(inputs).toBe(50);
    expect(outcomes['text read']).toBeGreaterThan(10);
  });

  it('makes the same inputs of the same seed, wherever it begins', async () => {
    const seen = async (from: number, count: number) => {
      const texts: string[] = [];
      const listening = { ...stumbling, look: ({ bytes }: { bytes: Buffer }) => `${texts.push(bytes.toString())}` };
      await fuzz(listening, { seed: 9, from, count });
      return texts;
    };
    expect((await seen(0, 6)).slice(4)).toEqual(await seen(4, 2));
  });

  it('gives up making an input smaller before it becomes another fault', async () => {
    const two: Target = {
      ...stumbling,
      look({ bytes }) {
        if (!bytes.includes('a')) throw new Broken('no a');
        if (bytes.includes('b')) throw new Broken('a b');
        return 'read';
      },
    };
    const { bytes } = await minimise(two, { part: 'text', bytes: Buffer.from('xxaxxbxx') });
    expect(bytes.toString()).toBe('ab');
  });
});

/** How many inputs of each are tried at every test, and what at least some of them must come to. */
const tried: Record<TargetName, { count: number; some: readonly string[] }> = {
  frames: {
    count: 1000,
    some: ['batch accepted', 'batch malformed', 'hello malformed', 'agent refused', 'session malformed'],
  },
  policies: {
    count: 80,
    some: ['policy refused', 'policy shuts something', 'come-policy refused', 'change-standing put in order'],
  },
  documents: { count: 40, some: ['made.docx failed'] },
  devices: { count: 800, some: ['linux told', 'windows told', 'units unknown', 'usn-journal parsed'] },
  console: { count: 40, some: ['request 200', 'request 403', 'request 303'] },
  backups: { count: 12, some: ['backup refused', 'bundle does not hold'] },
  exports: { count: 300, some: ['record read back', 'table refused'] },
};

describe.each(Object.entries(tried) as [TargetName, (typeof tried)[TargetName]][])(
  'damaged %s',
  (name, { count, some }) => {
    it(`are borne (${count} of them, seed 4; "npm run fuzz -- ${name}" tries more)`, { timeout: 600_000 }, async () => {
      const target = await targets[name]();
      try {
        const { found, outcomes, inputs } = await fuzz(target, { seed: 4, count });
        expect(found.map(({ fault, input }) => [fault, input.part, input.bytes.toString()])).toEqual([]);
        expect(inputs).toBe(count);
        // Damage that nothing noticed would mean that nothing was damaged, or that nothing was looked at.
        const came = Object.keys(outcomes);
        for (const one of some) expect(came).toContainEqual(expect.stringContaining(one));
      } finally {
        await target.close?.();
      }
    });
  },
);
