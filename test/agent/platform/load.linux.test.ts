import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseOpenEvents } from '../../../agent/platform/fanotify-opens.linux.ts';
import { isBusyOnLinux, isOnBatteryOnLinux } from '../../../agent/platform/load.linux.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-load-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function files(all: Record<string, string>): string {
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

describe('a computer', () => {
  it.each([
    ['0.10 0.20 0.30 1/200 4711', false],
    ['3.10 0.20 0.30 1/200 4711', true],
    ['nonsense', false],
  ])('with the load %s is busy: %s', async (loadavg, expected) => {
    expect(await isBusyOnLinux(files({ loadavg }), 4)).toBe(expected);
  });

  const supply = (name: string, facts: Record<string, string>) =>
    Object.fromEntries(Object.entries(facts).map(([fact, text]) => [`class/power_supply/${name}/${fact}`, text]));
  it.each([
    [
      'unplugged',
      {
        ...supply('AC', { type: 'Mains', online: '0' }),
        ...supply('BAT0', { type: 'Battery', status: 'Discharging' }),
      },
      true,
    ],
    [
      'plugged in',
      { ...supply('AC', { type: 'Mains', online: '1' }), ...supply('BAT0', { type: 'Battery', status: 'Charging' }) },
      false,
    ],
    ['with a wireless mouse', supply('hid', { type: 'Battery', scope: 'Device', status: 'Discharging' }), false],
    ['without any word of its power', {}, false],
  ])('%s runs on its battery: %s', async (_what, tree, expected) => {
    expect(await isOnBatteryOnLinux(files(tree))).toBe(expected);
  });
});

describe('events of opened files', () => {
  const event = (mask: number, file: number, pid: number) => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32LE(24, 0);
    bytes[4] = 3;
    bytes.writeUInt32LE(mask, 8);
    bytes.writeInt32LE(file, 16);
    bytes.writeInt32LE(pid, 20);
    return bytes;
  };

  it('are read one after the other, and what makes no sense ends the list', () => {
    const two = Buffer.concat([event(0x10, 7, 100), event(0x4000, -1, 0)]);
    const expected = [
      { mask: 0x10, file: 7, pid: 100 },
      { mask: 0x4000, file: -1, pid: 0 },
    ];
    expect(parseOpenEvents(two)).toEqual(expected);
    expect(parseOpenEvents(two.subarray(0, 40))).toEqual(expected.slice(0, 1));
    expect(parseOpenEvents(Buffer.alloc(48))).toEqual([]);
  });
});
