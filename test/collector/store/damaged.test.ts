import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const pageSize = 4096;

describe('a collector whose store is damaged', () => {
  it.each<[string, number, number]>([
    ['its header', 0, 100],
    ['its schema', 100, 400],
    ['the pages after the first', pageSize, pageSize * 12],
  ])('does not start, leaves the file as it is, and says what to do: %s', async (_what, from, to) => {
    using folder = tempFolder();
    const home = join(folder.path, 'collector');
    await (await realCollector({ folder: home })).stop();
    const file = join(home, 'store.sqlite');
    const spoilt = readFileSync(file).fill(0xa5, from, to);
    writeFileSync(file, spoilt);
    await expect(realCollector({ folder: home })).rejects.toMatchObject({
      code: 'storeDamaged',
      message: expect.stringMatching(/nothing was deleted.*move its folder aside.*restore FILE/),
    });
    expect(readFileSync(file).equals(spoilt)).toBe(true);
  });
});
