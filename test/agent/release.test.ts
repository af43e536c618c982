import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Enforcement } from '../../agent/enforcement/enforcement.ts';
import { type AgentHome, agentHome } from '../../agent/home.ts';
import { takeLock } from '../../agent/lock.ts';
import { barePlatform } from '../../agent/platform/bare.ts';
import { release } from '../../agent/release.ts';

let top: string;
let home: AgentHome;
beforeEach(() => {
  top = join(mkdtempSync(join(tmpdir(), 'portcullis-release-')), 'Portcullis');
  home = agentHome(join(top, 'agent'));
});
afterEach(() => rmSync(join(top, '..'), { recursive: true, force: true }));

const clock = { now: () => 0, monotonic: () => 0 };
/** A platform that has something to restore. */
const platform = {
  ...barePlatform('linux', 'not asked', { uptimeMilliseconds: () => 0, startedAt: 0 }),
  enforcement: () => ({ release: () => Promise.resolve(true) }) as unknown as Enforcement,
};
const restore = (removeData: boolean) => release(home, platform, clock, { removeData });

function enrolled(): void {
  mkdirSync(home.folder, { recursive: true });
  writeFileSync(home.identity, '{}');
}

test('the former state is restored, and what the agent keeps stays', async () => {
  enrolled();
  expect(await restore(false)).toEqual({ released: true, dataRemoved: false });
  expect(existsSync(home.identity)).toBe(true);
});

test('what the agent keeps is removed when it is asked for, and what others keep beside it is not', async () => {
  enrolled();
  writeFileSync(join(top, 'other'), '');
  expect(await restore(true)).toEqual({ released: true, dataRemoved: true });
  expect(existsSync(home.folder)).toBe(false);
  expect(existsSync(join(top, 'other'))).toBe(true);
});

test('the folder above goes when nothing is left in it', async () => {
  enrolled();
  await restore(true);
  expect(existsSync(top)).toBe(false);
});

test('a computer that was never enrolled is restored, too, and no folder is made', async () => {
  expect(await restore(true)).toEqual({ released: true, dataRemoved: false });
  expect(existsSync(top)).toBe(false);
});

test('nothing is done under a running agent', async () => {
  enrolled();
  const lock = takeLock(home.lock);
  await expect(restore(true)).rejects.toMatchObject({ code: 'running' });
  expect(existsSync(home.identity)).toBe(true);
  lock.release();
});
