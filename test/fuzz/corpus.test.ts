import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { corpusFolder, keptInputs } from './kept-inputs.ts';
import { faultWith } from './minimise.ts';
import type { Target } from './target.ts';
import { isTargetName, targets } from './targets.ts';

const folders = readdirSync(corpusFolder);

it('is of targets that there are', () => {
  expect(folders.filter((name) => !isTargetName(name))).toEqual([]);
});

describe.each(folders.filter(isTargetName))('what once went wrong with %s', (name) => {
  let opened: Promise<Target> | undefined;
  afterAll(async () => (await opened)?.close?.());

  it.each(keptInputs(name))('goes right: $why ($name)', async ({ input }) => {
    opened ??= targets[name]();
    expect(await faultWith(await opened, input)).toBeUndefined();
  });
});
