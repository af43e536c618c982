import { describe, expect, it } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { eventCheckers } from '#shared/events/kinds.ts';
import { type CodeGrant, makeCode, readChallenge, spoken } from '#shared/policy/code.ts';
import { decide } from '#shared/policy/decide.ts';
import { rightNames } from '#shared/policy/decision.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { codeKeeper } from '../../../agent/policy/codes.ts';
import { standingNow } from '../../../agent/policy/standing-now.ts';
import type { Change } from '../../../agent/watchers/watcher.ts';
import { profileText } from '../../../collector/policies/policies.ts';

const secret = Buffer.alloc(32, 7).toString('base64url');
const computerId = '0199aaaa-0000-7000-8000-000000000001';
const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  serial: 'EX0000000001',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '1-4',
};
const other = { ...stick, serial: 'EX0000000002', port: '1-5' };
const minute = 60_000;
const hour: CodeGrant = { scope: 'device', rights: ['connect', 'read'], minutes: 60 };
const everything: CodeGrant = { scope: 'computer', rights: [...rightNames], minutes: 480 };

/** A computer with a clock that can be set, and one that cannot. */
function computer() {
  const state = {
    now: Date.UTC(2026, 10, 21, 9),
    uptime: 1_000_000,
    bootId: 'first',
    cancelled: [] as string[],
    changes: [] as Change[],
    memories: new Map<string, unknown>(),
  };
  const start = () =>
    codeKeeper({
      secret,
      computerId,
      clock: { now: () => state.now, monotonic: () => state.uptime },
      platform: { bootId: () => state.bootId, uptimeMilliseconds: () => state.uptime },
      recall: (name) => state.memories.get(name),
      record(changes, memory) {
        state.changes.push(...changes);
        state.memories.set(memory.name, JSON.parse(JSON.stringify(memory.value)));
      },
      cancelled: () => state.cancelled,
    });
  const pass = (milliseconds: number) => {
    state.now += milliseconds;
    state.uptime += milliseconds;
  };
  const made = (challenge: string, grant: CodeGrant) =>
    spoken(makeCode(secret, computerId, readChallenge(challenge) ?? '', grant));
  return { state, start, pass, made, kinds: () => state.changes.map(({ kind }) => kind) };
}

const wrong = (code: string) => expect.objectContaining({ code });

describe('a code at its computer', () => {
  it('grants its rights to its device from when it is typed in, and ends by itself', () => {
    const { state, start, pass, made, kinds } = computer();
    const codes = start();
    const code = made(codes.challenge(stick), hour);
    pass(3 * 60 * minute);
    codes.redeem(code);
    expect(codes.inForce().codes).toMatchObject([{ rights: ['connect', 'read'], device: { serial: stick.serial } }]);
    pass(60 * minute - 1);
    expect(codes.settle()).toBe(false);
    expect(codes.inForce().codes).toHaveLength(1);
    pass(1);
    expect(codes.inForce().codes).toEqual([]);
    expect(codes.settle()).toBe(true);
    expect(kinds()).toEqual(['code.redeemed', 'code.ended']);
    expect(state.changes[1]).toMatchObject({ data: { because: 'expired' } });
  });

  it('is decided by: that device is let in, another is not', () => {
    const { state, start, made } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(stick), hour));
    const policy = { version: 1, policy: { ...loadPolicy(profileText('focus')), mode: 'enforce' as const } };
    const standing = standingNow({ current: () => null }, codes);
    const read = (device: DeviceFacts, now: number) => decide(policy, { device }, standing, now);
    expect(read(stick, state.now)).toMatchObject({ rights: { read: 'allow', write: 'deny' } });
    expect(read(other, state.now).rights.read).toBe('deny');
    expect(read(stick, state.now + 60 * minute).rights.read).toBe('deny');
  });

  it('serves once, also after a restart of the agent', () => {
    const { start, made } = computer();
    const code = made(start().challenge(stick), hour);
    start().redeem(code);
    expect(() => start().redeem(code)).toThrow(wrong('wrongCode'));
    expect(start().inForce().codes).toHaveLength(1);
  });

  it('asks with the same challenge while it is good, and with another for another device', () => {
    const { start, pass } = computer();
    const codes = start();
    const asked = codes.challenge(stick);
    expect(start().challenge(stick)).toBe(asked);
    expect(codes.challenge(other)).not.toBe(asked);
    pass(24 * 60 * minute);
    expect(codes.challenge(stick)).not.toBe(asked);
  });

  it('is not taken when its challenge is a day old', () => {
    const { start, pass, made } = computer();
    const codes = start();
    const code = made(codes.challenge(stick), hour);
    pass(24 * 60 * minute);
    expect(() => codes.redeem(code)).toThrow(wrong('wrongCode'));
  });

  it('is taken back by the collector at once, used or not', () => {
    const { state, start, made } = computer();
    const codes = start();
    const first = codes.challenge(stick);
    codes.redeem(made(first, hour));
    const second = codes.challenge(other);
    state.cancelled = [first, second].map((challenge) => readChallenge(challenge) ?? '');
    expect(codes.inForce().codes).toEqual([]);
    expect(codes.settle()).toBe(true);
    expect(state.changes.at(-1)).toMatchObject({ kind: 'code.ended', data: { because: 'cancelled' } });
    expect(() => codes.redeem(made(second, hour))).toThrow(wrong('wrongCode'));
  });

  it('does not hold longer because the clock was set back', () => {
    const { state, start, pass, made } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(stick), hour));
    state.now -= 24 * 60 * minute;
    pass(60 * minute);
    expect(codes.inForce().codes).toEqual([]);
  });

  it('goes by the clock on the wall once the computer was started again', () => {
    const { state, start, pass, made } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(stick), hour));
    Object.assign(state, { bootId: 'second', uptime: 5 });
    pass(30 * minute);
    expect(start().inForce().codes).toHaveLength(1);
    pass(30 * minute);
    expect(start().inForce().codes).toEqual([]);
  });

  it('after five wrong ones, no more are taken for five minutes, and the challenge is void', () => {
    const { state, start, pass, made, kinds } = computer();
    const codes = start();
    const asked = codes.challenge(stick);
    for (let tried = 0; tried < 4; tried++) expect(() => start().redeem('0000-0000-0000')).toThrow(wrong('wrongCode'));
    expect(kinds()).toEqual([]);
    expect(() => start().redeem('0000-0000-0000')).toThrow(/holds no more/);
    expect(state.changes).toMatchObject([{ kind: 'code.refused', data: { attempts: 5 } }]);
    expect(() => start().redeem(made(asked, hour))).toThrow(wrong('wait'));
    expect(() => start().challenge(stick)).toThrow(wrong('wait'));
    pass(5 * minute);
    expect(() => start().redeem(made(asked, hour))).toThrow(wrong('wrongCode'));
    const later = start();
    expect(later.redeem(made(later.challenge(stick), hour))).toMatchObject({ rights: ['connect', 'read'] });
  });

  it('what cannot be a code is no attempt', () => {
    const { start } = computer();
    const codes = start();
    codes.challenge(stick);
    for (let tried = 0; tried < 9; tried++) expect(() => codes.redeem('hello')).toThrow(wrong('notACode'));
  });

  it('for the whole computer is break-glass, recorded at its beginning and end', () => {
    const { state, start, pass, made, kinds } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(undefined), everything));
    const { breakGlass, codes: listed } = codes.inForce();
    expect(breakGlass).toMatchObject({ until: new Date(state.now + 480 * minute).toISOString() });
    expect(listed).toEqual([]);
    pass(480 * minute);
    codes.settle();
    expect(codes.inForce().breakGlass).toBeUndefined();
    expect(kinds()).toEqual(['code.redeemed', 'code.ended']);
    expect(state.changes).toMatchObject([{ data: { scope: 'computer' } }, { data: { scope: 'computer' } }]);
  });

  it.each<[string, DeviceFacts, object]>([
    ['a serial number with a star, by its place', { ...stick, serial: '*' }, { port: '1-4' }],
    ['a serial number that is not its own, by its place', { ...stick, serialTrust: 'shared' }, { port: '1-4' }],
    ['no serial number, by its place', { ...stick, serial: undefined, serialTrust: 'blank' } as never, { port: '1-4' }],
    ['a serial number of its own, by that', stick, { serial: 'EX0000000001' }],
  ])('names a device with %s', (_what, device, match) => {
    const { start, made } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(device), hour));
    const [code] = codes.inForce().codes;
    expect(code?.device).toEqual({ bus: 'usb', vendorId: '0781', productId: '5581', ...match });
  });

  it('cannot be asked for on a computer enrolled before there were codes', () => {
    const { state } = computer();
    const keeper = codeKeeper({
      secret: undefined,
      computerId,
      clock: { now: () => state.now, monotonic: () => 0 },
      platform: { bootId: () => 'first', uptimeMilliseconds: () => 0 },
      recall: () => undefined,
      record: () => undefined,
      cancelled: () => [],
    });
    expect(() => keeper.challenge(stick)).toThrow(wrong('noCodeSecret'));
  });

  it('is told in events that fit their schemas', () => {
    const { state, start, pass, made } = computer();
    const codes = start();
    codes.redeem(made(codes.challenge(stick), hour));
    pass(60 * minute);
    codes.settle();
    for (let tried = 0; tried < 5; tried++) expect(() => codes.redeem('0000-0000-0000')).toThrow();
    const check = eventCheckers();
    const envelope = { seq: 1, at: new Date(state.now).toISOString(), bootId: 'first', uptimeMs: 1 };
    expect(state.changes.map(({ kind }) => kind)).toEqual(['code.redeemed', 'code.ended', 'code.refused']);
    for (const change of state.changes) check(change.kind).parse({ ...envelope, ...change }, change.kind);
  });
});
