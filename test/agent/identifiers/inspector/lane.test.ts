import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { defaultLimits } from '../../../../agent/identifiers/extraction/budget.ts';
import type { Child } from '../../../../agent/identifiers/inspector/child.ts';
import { CpuShare } from '../../../../agent/identifiers/inspector/cpu-share.ts';
import { Lane } from '../../../../agent/identifiers/inspector/lane.ts';
import type { Answer } from '../../../../agent/identifiers/inspector/messages.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';

/** Keeps what it was sent, and gives one answer to everything. */
function childAnswering(answer: Answer): Child & { heard: Buffer[]; killed: boolean } {
  const child = {
    heard: [] as Buffer[],
    killed: false,
    get ended() {
      return child.killed;
    },
    async ask(frames: Uint8Array) {
      child.heard.push(Buffer.from(frames));
      return answer;
    },
    async kill() {
      child.killed = true;
    },
  };
  return child;
}

function laneWith(children: Child[]): Lane {
  return new Lane({
    clock: systemClock,
    detector: () => ({}),
    limits: defaultLimits,
    milliseconds: 60_000,
    idleMilliseconds: 60_000,
    share: new CpuShare(() => 1, new AbortController().signal),
    giveWay: async () => undefined,
    start: async () => children.shift() ?? childAnswering(nothing),
  });
}

const nothing: Answer = {
  cpuMilliseconds: 0,
  inspection: { detector: 'portcullis-1', status: 'inspected', identifiers: {}, band: 'none' },
  people: [],
};

it('a small file goes along with its task, so that its reading takes one turn', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 'a.txt');
  writeFileSync(path, 'a letter');
  const child = childAnswering(nothing);
  const lane = laneWith([child]);
  expect(await lane.inspect({ path, sizeBytes: 8, urgency: 'soon' })).toMatchObject({ status: 'inspected' });
  expect(child.heard).toHaveLength(1);
  expect(child.heard[0]?.subarray(-12)).toEqual(Buffer.from('\x08\0\0\0a letter', 'latin1'));
  await lane.close();
});

it('a process that was not given the bytes it waits for is ended: it would take the next file for them', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 'a.txt');
  writeFileSync(path, 'a letter');
  // Bytes that cannot be read, as of a medium that was pulled out.
  const waiting = childAnswering({ cpuMilliseconds: 0, read: [0, -1] });
  const next = childAnswering(nothing);
  const lane = laneWith([waiting, next]);
  const request = { path, sizeBytes: 8, urgency: 'soon' } as const;
  expect(await lane.inspect(request)).toMatchObject({ status: 'failed' });
  expect(waiting.killed).toBe(true);
  expect(await lane.inspect(request)).toMatchObject({ status: 'inspected' });
  expect(next.heard).toHaveLength(1);
  await lane.close();
});
