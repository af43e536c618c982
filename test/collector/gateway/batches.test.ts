import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair, signer } from '#shared/identity.ts';
import { type Head, limits, type RefusalCode } from '#shared/protocol/protocol.ts';
import type { Fault } from '../../../collector/alerting/faults.ts';
import { batchOf, lineOf, linesOf, type TestComputer } from '../../fakes/agent-socket.ts';
import { established, expectFault, expectLogged, expectRefused, type Site, site, storedSeqs } from './site.ts';

let here: Site;
beforeAll(async () => {
  here = await site();
});
afterAll(() => here[Symbol.asyncDispose]());

type Make = (computer: TestComputer, at: Head) => string | Buffer;
const stranger = signer(newKeyPair().privateKeyPem);
const wrongLink = 'f'.repeat(64);

/** The three events are stored; the frame pretends to carry number 4 on. */
const broken: [what: string, code: RefusalCode, fault: Fault, make: Make][] = [
  ['is half a JSON object', 'malformed', 'agent-malformed', () => '{"type":"status"'],
  ['is neither batch nor status', 'malformed', 'agent-malformed', () => '{"type":"welcome"}'],
  ['has a header that is not JSON', 'malformed', 'agent-malformed', () => `{"type":"batch"\n${lineOf(4)}`],
  [
    'has a header with a member too many',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, linesOf(4, 4), { header: { surprise: 1 } }).frame,
  ],
  [
    'has fewer lines than its header says',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, linesOf(4, 5), { header: { lines: 3 } }).frame,
  ],
  [
    'has more lines than its header says',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, linesOf(4, 5), { header: { lines: 1 } }).frame,
  ],
  [
    'has more lines than the limit',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, linesOf(4, 4 + limits.batchLines)).frame,
  ],
  [
    'has an empty line',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, linesOf(4, 5), { lines: [lineOf(4), ''] }).frame,
  ],
  [
    'is not UTF-8',
    'malformed',
    'agent-malformed',
    (by, at) => Buffer.concat([Buffer.from(batchOf(by, at, linesOf(4, 4)).frame), Buffer.of(0xff, 0xfe)]),
  ],
  [
    'has a line longer than the limit',
    'tooLarge',
    'agent-malformed',
    (by, at) => batchOf(by, at, [padded(4, limits.lineBytes)]).frame,
  ],
  [
    'has a short line of many bytes',
    'tooLarge',
    'agent-malformed',
    (by, at) => batchOf(by, at, [padded(4, limits.lineBytes / 3, '€')]).frame,
  ],
  [
    'is larger than the limit',
    'tooLarge',
    'agent-malformed',
    (by, at) =>
      batchOf(
        by,
        at,
        Array.from({ length: 20 }, (_, index) => padded(4 + index, 60_000)),
      ).frame,
  ],
  [
    'nests without end',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [withMember(4, `"data":${'['.repeat(30_000)}${']'.repeat(30_000)}`)]).frame,
  ],
  [
    'has a member __proto__',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [withMember(4, '"__proto__":{"kind":"agent.stopped"}')]).frame,
  ],
  [
    'has a member constructor',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [withMember(4, '"constructor":{}')]).frame,
  ],
  [
    'has an event without data',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [lineOf(4).replace(/"data":\{[^}]*\}/, '"data":null')]).frame,
  ],
  ['has an event that is a number', 'unknownKind', 'agent-malformed', (by, at) => batchOf(by, at, ['4']).frame],
  [
    'has an event of an unknown kind',
    'unknownKind',
    'agent-malformed',
    (by, at) => batchOf(by, at, [lineOf(4).replace('agent.condition-changed', 'agent.exploded')]).frame,
  ],
  [
    'has an event of a kind every object has',
    'unknownKind',
    'agent-malformed',
    (by, at) => batchOf(by, at, [lineOf(4).replace('agent.condition-changed', 'toString')]).frame,
  ],
  [
    'has a time that does not exist',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [lineOf(4, { at: '2026-13-45T29:61:61.999Z' })]).frame,
  ],
  [
    'has a time in other words',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [lineOf(4, { at: '21 November 2026' })]).frame,
  ],
  ['jumps over a number', 'malformed', 'agent-malformed', (by, at) => batchOf(by, at, [lineOf(5)]).frame],
  ['says a number twice', 'malformed', 'agent-malformed', (by, at) => batchOf(by, at, [lineOf(4), lineOf(4)]).frame],
  [
    'declares a gap elsewhere than it stands',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [gap(6, 9), lineOf(10)]).frame,
  ],
  [
    'declares a gap that ends before it begins',
    'malformed',
    'agent-malformed',
    (by, at) => batchOf(by, at, [gap(4, 2), lineOf(5)], { head: { seq: 5, link: wrongLink } }).frame,
  ],
  [
    'declares a gap that ends elsewhere than its head',
    'brokenChain',
    'evidence-broken',
    (by, at) => batchOf(by, at, [gap(4, 6), lineOf(7)], { head: { seq: 9, link: wrongLink } }).frame,
  ],
  [
    'signs another head than its lines lead to',
    'brokenChain',
    'evidence-broken',
    (by, at) => batchOf(by, at, linesOf(4, 5), { head: { seq: 5, link: wrongLink } }).frame,
  ],
  [
    'carries another line than was signed',
    'brokenChain',
    'evidence-broken',
    (by, at) => batchOf(by, at, linesOf(4, 5), { lines: [lineOf(4), lineOf(5).replace('true', 'false')] }).frame,
  ],
  [
    'follows on another link than is stored',
    'brokenChain',
    'evidence-broken',
    (by, { seq }) => batchOf(by, { seq, link: wrongLink }, linesOf(4, 5)).frame,
  ],
  [
    'follows on a number that is not stored',
    'brokenChain',
    'evidence-broken',
    (by, { link }) => batchOf(by, { seq: 8, link }, linesOf(9, 10)).frame,
  ],
  [
    'is signed by another key',
    'badSignature',
    'signature-bad',
    (by, at) => batchOf({ ...by, signer: stranger }, at, linesOf(4, 5)).frame,
  ],
  [
    'is meant for another computer',
    'badSignature',
    'signature-bad',
    (by, at) => batchOf({ ...by, computerId: '01890000-0000-7000-8000-000000000000' }, at, linesOf(4, 5)).frame,
  ],
  [
    'replays a number with another content',
    'brokenChain',
    'evidence-broken',
    (by) => batchOf(by, by.start, [lineOf(1), lineOf(2), lineOf(3).replace('true', 'false')]).frame,
  ],
  [
    'replays the right head over other lines',
    'brokenChain',
    'evidence-broken',
    (by, at) =>
      batchOf(by, by.start, linesOf(1, 3), {
        head: at,
        lines: [lineOf(1), lineOf(2).replace('true', 'false'), lineOf(3)],
      }).frame,
  ],
  [
    'replays with a forged signature',
    'badSignature',
    'signature-bad',
    (by, head) => batchOf({ ...by, signer: stranger }, by.start, linesOf(1, 3), { head }).frame,
  ],
];

function padded(seq: number, length: number, filling = 'x'): string {
  return lineOf(seq, { bootId: filling.repeat(length) });
}
function withMember(seq: number, member: string): string {
  return `${lineOf(seq).slice(0, -1)},${member}}`;
}
function gap(from: number, to: number): string {
  return JSON.stringify({ gap: { from, to, link: wrongLink } });
}

describe('a batch is refused, and nothing of it stored, when it', () => {
  it.each(broken)('%s (%s)', async (_what, code, fault, make) => {
    const { computer, socket, at } = await established(here.collector);
    await using _closing = socket;
    socket.send(make(computer, at));
    await expectRefused(here, socket, computer, code, fault);
    expect(await storedSeqs(here.collector, computer)).toEqual([1, 2, 3]);
  });
});

describe('a frame that the socket itself cuts off closes it, and is logged and alerted all the same, when it', () => {
  it.each([
    ['is many times too large', 'tooLarge', 1009, Buffer.alloc(limits.batchBytes * 4 + 1, 0x20), true],
    ['is text that is not UTF-8', 'malformed', 1007, Buffer.of(0x7b, 0xff, 0x7d), false],
  ] as const)('%s', async (_what, code, closeCode, frame, binary) => {
    const { computer, socket } = await established(here.collector);
    await using _closing = socket;
    const logged = here.collector.log.length;
    socket.socket.send(frame, { binary });
    expect(await socket.closed).toEqual({ code: closeCode });
    await here.bystander.isServed();
    await expectLogged(here.collector, logged, code);
    await expectFault(here.collector, computer, 'agent-malformed');
  });
});

describe('a batch that was stored already', () => {
  it('is acknowledged again and not stored again', async () => {
    const { computer, socket } = await established(here.collector);
    await using _closing = socket;
    for (const [from, to] of [
      [1, 3],
      [1, 2],
      [1, 1],
    ] as const) {
      socket.send(batchOf(computer, computer.start, linesOf(from, to)).frame);
      expect(await socket.next('ack')).toEqual({ type: 'ack', seq: to });
    }
    expect(await storedSeqs(here.collector, computer)).toEqual([1, 2, 3]);
    await expectFault(here.collector, computer, undefined);
  });
});

describe('a declared gap', () => {
  it('is stored as such and raises an alert', async () => {
    const { computer, socket, at } = await established(here.collector);
    await using _closing = socket;
    socket.send(batchOf(computer, at, [gap(4, 9), lineOf(10)]).frame);
    expect(await socket.next('ack')).toEqual({ type: 'ack', seq: 10 });
    expect(await storedSeqs(here.collector, computer)).toEqual([1, 2, 3, 10]);
    await expectFault(here.collector, computer, 'evidence-gap');
  });
});
