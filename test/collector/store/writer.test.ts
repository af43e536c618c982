import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import { verifyAudit } from '../../../collector/accounts/audit-chain.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { migrate, type OpenStore, openStore } from '../../../collector/store/database.ts';
import type { BatchJob, Job } from '../../../collector/store/jobs.ts';
import { startWriter, type Writer } from '../../../collector/store/writer.ts';
import { askToEnrol, lineOf } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

afterEach(() => vi.restoreAllMocks());

/** A batch of one event that carries a computer's chain from number 0 to 1. */
function jobFor(computerNo: number): BatchJob {
  const line = lineOf(1);
  const from = { seq: 0, link: firstLink(`key-${computerNo}`) };
  const link = nextLink(from.link, lineHash(line));
  const columns = {
    computerNo,
    receivedAt: 1,
    seqs: [1],
    ats: [1],
    kinds: ['agent.condition-changed'],
    lines: [line],
    links: link,
  };
  return {
    type: 'batch',
    columns,
    gaps: [],
    from,
    to: { seq: 1, link },
    proof: '{}',
    findings: [],
    policyVersion: 1,
    facts: undefined,
    sightings: { devices: [], state: { drives: [], posture: [], users: [] }, software: [], counts: [] },
  };
}

function statusOf(computerNo: number): Job {
  const status = { type: 'status' as const, policyVersion: 1, spool: { events: 0, bytes: 0 }, conditions: [] };
  return { type: 'status', computerNo, status, receivedAt: 1 };
}

interface Writing extends OpenStore {
  writer: Writer;
  failures: unknown[];
  [Symbol.asyncDispose](): Promise<void>;
}

async function writing(computers: number): Promise<Writing> {
  const folder = tempFolder();
  const file = join(folder.path, 'store.sqlite');
  const opened = openStore(file);
  await migrate(opened.store);
  await opened.store.transaction().execute(async (tx) => {
    for (let no = 1; no <= computers; no += 1)
      await addComputer(tx, { publicKey: `key-${no}`, hostname: 'test', version: '0.1.0', now: 1 });
  });
  const failures: unknown[] = [];
  const writer = startWriter(file, (error) => failures.push(error));
  return {
    ...opened,
    writer,
    failures,
    async [Symbol.asyncDispose]() {
      await writer.close();
      await opened.close();
      folder[Symbol.dispose]();
    },
  };
}

const rows = async ({ store }: OpenStore) => (await store.selectFrom('events').select('seq').execute()).length;

describe('the writer', () => {
  it('commits what comes together together', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(300);
    const results = await Promise.all(Array.from({ length: 300 }, (_, index) => at.writer.write(jobFor(index + 1))));
    expect(results).toEqual(results.map(() => ({ stored: true, alertIds: [] })));
    expect(await rows(at)).toBe(300);
    // One request is one transaction: those that came while the first ran share the next.
    expect(requests.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it('stores all others when the store does not take one', async () => {
    await using at = await writing(20);
    const poison = { ...jobFor(7), columns: { ...jobFor(7).columns, kinds: [null as unknown as string] } };
    const jobs = Array.from({ length: 20 }, (_, index) => (index === 6 ? poison : jobFor(index + 1)));
    const results = await Promise.all(jobs.map((job) => at.writer.write(job)));
    expect(results.filter(({ stored }) => stored)).toHaveLength(19);
    expect(results[6]).toEqual({ stored: false, code: 'unavailable' });
    expect(await rows(at)).toBe(19);
    // The poisoned one left nothing half done: the same number is still to be had.
    expect(await at.writer.write(jobFor(7))).toMatchObject({ stored: true });
  });

  it('stores a batch once, however often it is handed in', async () => {
    await using at = await writing(1);
    const results = await Promise.all([jobFor(1), jobFor(1), jobFor(1)].map((job) => at.writer.write(job)));
    expect(results).toEqual([
      { stored: true, alertIds: [] },
      { stored: false, code: 'brokenChain' },
      { stored: false, code: 'brokenChain' },
    ]);
    expect(await rows(at)).toBe(1);
  });

  it('writes what somebody was shown before the batches that wait, each in the chain of the trail', async () => {
    await using at = await writing(5);
    const order: string[] = [];
    const write = async (job: Job, name: string) => {
      expect(await at.writer.write(job)).toMatchObject({ stored: true });
      order.push(name);
    };
    const entry = (object: string): Job => ({
      type: 'seen',
      entry: { at: 1, accountId: null, action: 'alert.viewed', object },
    });
    await Promise.all([
      write(jobFor(1), 'batch'),
      write(jobFor(2), 'batch'),
      write(entry('first'), 'first'),
      write(jobFor(3), 'batch'),
      write(entry('second'), 'second'),
      write(entry('third'), 'third'),
    ]);
    expect(order).toEqual(['first', 'second', 'third', 'batch', 'batch', 'batch']);
    const trail = await at.store.selectFrom('audit').select('object').orderBy('seq').execute();
    expect(trail.map(({ object }) => object)).toEqual(['first', 'second', 'third']);
    expect(await verifyAudit(at.store)).toMatchObject({ holds: true, entries: 3 });
  });

  it('knows how much of all agents together is on its way', async () => {
    await using at = await writing(3);
    const written = Promise.all([jobFor(1), jobFor(2), jobFor(3)].map((job) => at.writer.write(job)));
    expect(at.writer.waitingBytes()).toBe(3 * lineOf(1).length);
    await written;
    expect(at.writer.waitingBytes()).toBe(0);
    const refused = { ...jobFor(1), computerNo: 9 };
    expect(await at.writer.write(refused)).toMatchObject({ stored: false });
    expect(at.writer.waitingBytes()).toBe(0);
  });

  it('lets what agents say of themselves wait for each other, but nothing else wait for it', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(30);
    const said = [];
    for (let no = 1; no <= 20; no += 1) {
      said.push(at.writer.write(statusOf(no)));
      await nextTurn();
    }
    await Promise.all(said);
    // On a very slow machine the wait of the first may be over before the last has spoken.
    expect(requests.mock.calls.length).toBeLessThanOrEqual(3);
    const late = at.writer.write(statusOf(21));
    await nextTurn();
    requests.mockClear();
    await at.writer.write(jobFor(22));
    expect(await late).toMatchObject({ stored: true });
    expect(requests).toHaveBeenCalledTimes(1);
  });

  it('leaves no timer behind when a batch takes along what waited', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(3);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const said = at.writer.write(statusOf(1));
      await nextTurn();
      expect(vi.getTimerCount()).toBe(1);
      await Promise.all([said, at.writer.write(jobFor(2))]);
      expect(vi.getTimerCount()).toBe(0);
      // The next that has something to say begins a wait of its own.
      const next = at.writer.write(statusOf(3));
      await nextTurn();
      expect(requests).toHaveBeenCalledTimes(1);
      vi.runAllTimers();
      expect(await next).toMatchObject({ stored: true });
    } finally {
      vi.useRealTimers();
    }
  });

  it('closes without waiting for more to be said', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await using at = await writing(1);
      const said = at.writer.write(statusOf(1));
      await at.writer.close();
      expect(await said).toMatchObject({ stored: true });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is settled for a computer when its own batches are answered, whoever else waits', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(5);
    const answered: number[] = [];
    const write = (no: number) => at.writer.write(jobFor(no)).then(() => answered.push(no));
    const first = [write(1), write(2)];
    await vi.waitFor(() => expect(requests).toHaveBeenCalled(), 30_000);
    const second = [write(3), write(2), write(4)];
    await at.writer.settled(5);
    expect(answered).toEqual([]);
    await at.writer.settled(1);
    expect(answered).toEqual([1, 2]);
    await at.writer.settled(2);
    expect(answered.filter((no) => no === 2)).toHaveLength(2);
    await Promise.all([...first, ...second]);
    await at.writer.settled(2);
  });

  it('finishes what it took before it closes, and takes nothing after', async () => {
    await using at = await writing(50);
    const results = Promise.all(Array.from({ length: 50 }, (_, index) => at.writer.write(jobFor(index + 1))));
    await at.writer.close();
    expect((await results).every(({ stored }) => stored)).toBe(true);
    expect(at.writer.waiting()).toBe(0);
    expect(await at.writer.write(jobFor(1))).toEqual({ stored: false, code: 'unavailable' });
    expect(at.failures).toEqual([]);
  });

  it('refuses from the moment its thread died, and leaves nobody waiting', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(3);
    const first = at.writer.write(jobFor(1));
    await vi.waitFor(() => expect(requests.mock.contexts).toHaveLength(1), 30_000);
    const second = at.writer.write(jobFor(2));
    await (requests.mock.contexts[0] as Worker | undefined)?.terminate();
    // The first may have been stored before the thread ended; its answer is the truth for the agent either way.
    await first;
    expect(await second).toEqual({ stored: false, code: 'unavailable' });
    expect(await at.writer.write(jobFor(3))).toEqual({ stored: false, code: 'unavailable' });
    expect(at.failures).toHaveLength(1);
  });

  it('stores again once its thread was started again', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using at = await writing(2);
    await at.writer.write(jobFor(1));
    await (requests.mock.contexts[0] as Worker | undefined)?.terminate();
    expect(at.writer.isRunning()).toBe(false);
    await vi.waitFor(() => expect(at.writer.isRunning()).toBe(true), 30_000);
    expect(await at.writer.write(jobFor(2))).toMatchObject({ stored: true });
    expect([await rows(at), at.failures.length]).toEqual([2, 1]);
  });
});

describe('a collector whose writer died', () => {
  it('says that it is not ready, goes on answering, and stores again by itself', async () => {
    const requests = vi.spyOn(Worker.prototype, 'postMessage');
    await using collector = await realCollector();
    const { enrolComputer, greet, httpsAgentFor, refusalOf, batchOf, linesOf } = await import(
      '../../fakes/agent-socket.ts'
    );
    const { requestJson } = await import('../../../agent/uplink/request.ts');
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    const batch = batchOf(computer, computer.start, linesOf(1, 2));
    socket.send(batch.frame);
    await socket.next('ack');
    const agent = httpsAgentFor(collector);
    const ready = () => requestJson(new URL('/readyz', collector.url), { agent, method: 'GET' });
    expect(await ready()).toMatchObject({ status: 200 });

    const toWriter = requests.mock.calls.findIndex(([message]) => 'jobs' in Object(message));
    await (requests.mock.contexts[toWriter] as Worker | undefined)?.terminate();
    expect(await ready()).toMatchObject({ status: 503 });
    socket.send(batchOf(computer, batch.head, linesOf(3, 4)).frame);
    expect(await refusalOf(socket)).toMatchObject({ code: 'unavailable', retry: true });
    expect(await askToEnrol(collector)).toMatchObject({ status: 200 });
    expect(collector.log).toContainEqual(expect.objectContaining({ level: 60 }));

    await vi.waitFor(async () => expect(await ready()).toMatchObject({ status: 200 }), 30_000);
    await using again = await greet(computer);
    again.send(batchOf(computer, batch.head, linesOf(3, 4)).frame);
    expect(await again.next('ack')).toMatchObject({ seq: 4 });
  });
});
