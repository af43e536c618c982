import { describe, expect, it, vi } from 'vitest';
import type { DiskSpace } from '../../../collector/store/disk-room.ts';
import { isFull, isNearlyFull } from '../../../collector/store/disk-room.ts';
import { batchOf, enrolComputer, greet, linesOf, refusalOf } from '../../fakes/agent-socket.ts';
import { seeded } from '../../fakes/corpus/content.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { batch, hello } from '../../fuzz/frame-seeds.ts';
import { framesToTry } from '../../fuzz/frames.ts';
import { joined, sessionFrames } from '../../fuzz/session-frames.ts';
import { established, sendNext, storedSeqs } from './site.ts';

const gibibyte = 1024 ** 3;
const roomy: DiskSpace = { free: 50 * gibibyte, all: 100 * gibibyte };

describe('how full a disk is', () => {
  it.each<[string, DiskSpace, boolean, boolean]>([
    ['half empty', roomy, false, false],
    ['nearly full', { free: 9 * gibibyte, all: 100 * gibibyte }, false, true],
    ['full but for what is kept back', { free: 200 * 1024 ** 2, all: 100 * gibibyte }, true, true],
    ['small and in order', { free: gibibyte / 8, all: gibibyte }, false, false],
    ['small and full', { free: gibibyte / 128, all: gibibyte }, true, true],
  ])('%s', (_what, space, full, nearly) => {
    expect([isFull(space), isNearlyFull(space)]).toEqual([full, nearly]);
  });
});

describe('a collector whose disk is full', () => {
  it('takes no batch, says when to come again, stays open to people, and goes on when there is room', async () => {
    let space = roomy;
    await using collector = await realCollector({ readDiskSpace: () => Promise.resolve(space) });
    const { computer, socket, at } = await established(collector);
    space = { free: 0, all: 100 * gibibyte };
    await collector.check();
    expect(collector.log).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('the disk is full') }));

    const batch = batchOf(computer, at, linesOf(4, 5));
    socket.send(batch.frame);
    expect(await refusalOf(socket)).toMatchObject({ code: 'unavailable', retry: true, after: 60_000 });
    expect(await storedSeqs(collector, computer)).toEqual([1, 2, 3]);
    // A batch that is stored already costs no room: the agent may forget it.
    await using waiting = await greet(computer, { stored: at });
    waiting.send(batchOf(computer, computer.start, linesOf(1, 3)).frame);
    expect(await waiting.next('ack')).toMatchObject({ seq: 3 });
    expect(await collector.context.store.selectFrom('alerts').select('id').execute()).toEqual([]);

    space = roomy;
    await collector.check();
    await sendNext(waiting, computer, at, 2);
    expect(await storedSeqs(collector, computer)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is full from the start when it starts so', async () => {
    await using collector = await realCollector({ readDiskSpace: () => Promise.resolve({ free: 1, all: gibibyte }) });
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    socket.send(batchOf(computer, computer.start, linesOf(1, 1)).frame);
    expect(await refusalOf(socket)).toMatchObject({ code: 'unavailable', retry: true });
  });

  it('goes on taking batches when the disk cannot be looked at, and says that', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('gone'), { code: 'EIO' }));
    await using collector = await realCollector({ readDiskSpace: unknown });
    const { computer } = await established(collector);
    expect(await storedSeqs(collector, computer)).toEqual([1, 2, 3]);
    await vi.waitFor(() => expect(collector.log).toContainEqual(expect.objectContaining({ code: 'EIO' })));
  });
});

describe('a collector with more to store than it can keep up with', () => {
  it.each([
    [256 * 1024 ** 2, 'stored'],
    [256 * 1024 ** 2 + 1, 'unavailable'],
  ])('answers a batch, while %i bytes wait, with: %s', async (bytes, answer) => {
    const { keys, policy, start } = framesToTry();
    const session = await sessionFrames(policy, keys, { waitingBytes: () => bytes });
    const { frame } = batch(start, seeded(1));
    expect(await session.look(joined([Buffer.from(JSON.stringify(hello(start))), Buffer.from(frame)]), true)).toBe(
      answer,
    );
    await session.close();
  });
});
