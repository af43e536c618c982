import { describe, expect, it } from 'vitest';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { RegisterEntry, Standing } from '#shared/policy/standing.ts';
import { decisionKeeper } from '../../../agent/policy/decision-keeper.ts';
import type { PolicyInForce } from '../../../agent/policy/keeper.ts';
import type { Judged } from '../../../agent/recorder.ts';
import { profileText } from '../../../collector/policies/policies.ts';

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
const volume: VolumeFacts = { name: 'sdb1', encryption: 'encrypted', method: 'luks2', mountPoint: '/media/stick' };
const attached = { kind: 'media.attached' as const, data: { device: stick, volumes: [volume], presentAtStart: false } };
const mounted = { kind: 'media.mounted' as const, data: { device: stick, volume } };
const entry: RegisterEntry = {
  id: '1',
  serial: 'ex0000000001',
  state: 'issued',
  encryptedBy: 'us',
  approver: 'nobody',
};
const registered = (state: RegisterEntry['state'], expires?: string): Standing => ({
  register: [{ ...entry, state, ...(expires !== undefined && { expires }) }],
  approvals: [],
  codes: [],
});
const focus = loadPolicy(profileText('focus'));
const inForce = (mode: 'report' | 'enforce', version = 1): PolicyInForce => ({
  version,
  sha256: String(version),
  policy: { ...focus, mode },
  expiresAt: undefined,
});

/** A computer that records in memory. */
function computer() {
  const state = {
    now: Date.UTC(2026, 10, 21, 9),
    policy: inForce('enforce') as PolicyInForce | null,
    standing: null as Standing | null,
    events: [] as Judged[],
    memories: new Map<string, unknown>(),
    full: false,
  };
  const start = () =>
    decisionKeeper({
      policy: () => state.policy,
      circumstances: () => ({ now: state.now, standing: state.standing }),
      recall: (name) => state.memories.get(name),
      record(changes, ...memories) {
        if (state.full) throw new Error('the disk is full');
        state.events.push(...changes);
        for (const { name, value } of memories) state.memories.set(name, JSON.parse(JSON.stringify(value)));
      },
    });
  const kinds = () => state.events.map(({ kind }) => kind);
  return { state, start, kinds };
}

describe('a device that is connected', () => {
  it('is told with its decision and what the register says of it, beside the memory of its watcher', () => {
    const { state, start } = computer();
    state.standing = registered('lost');
    start().record([attached], { name: 'removable-media', value: 'seen' });
    expect(state.events).toMatchObject([{ data: { register: 'lost' }, decision: { rights: { read: 'deny' } } }]);
    expect(state.memories.get('removable-media')).toBe('seen');
  });

  it('says nothing of the register where that is not known', () => {
    const { state, start } = computer();
    start().record([attached]);
    expect(state.events[0]?.data).not.toHaveProperty('register');
  });

  it.each<[string, (state: ReturnType<typeof computer>['state']) => void]>([
    [
      'the policy is enforced',
      (state) => {
        state.policy = inForce('enforce', 2);
      },
    ],
    [
      'an approval begins',
      (state) => {
        state.standing = { ...registered('issued'), approvals: [approval] };
      },
    ],
    [
      'it is reported lost',
      (state) => {
        state.standing = registered('lost');
      },
    ],
    [
      'its issue is over',
      (state) => {
        state.standing = registered('issued', '2026-11-21T08:59:59.999Z');
      },
    ],
  ])('is told again when %s', async (_what, change) => {
    const { state, start, kinds } = computer();
    state.policy = inForce('report');
    state.standing = registered('issued');
    const keeper = start();
    keeper.record([attached]);
    if (_what !== 'the policy is enforced') state.policy = inForce('report');
    change(state);
    await keeper.decideAgain();
    expect(kinds()).toEqual(['media.attached', 'media.decided']);
    await keeper.decideAgain();
    expect(kinds()).toHaveLength(2);
  });

  it.each<[string, (state: ReturnType<typeof computer>['state']) => void]>([
    [
      'a policy with the same rights arrives',
      (state) => {
        state.policy = inForce('enforce', 2);
      },
    ],
    [
      'the register arrives and does not know it',
      (state) => {
        state.standing = { register: [], approvals: [], codes: [] };
      },
    ],
    [
      'time passes',
      (state) => {
        state.now += 60_000;
      },
    ],
  ])('is not told again when %s', async (_what, change) => {
    const { state, start, kinds } = computer();
    const keeper = start();
    keeper.record([attached]);
    change(state);
    await keeper.decideAgain();
    expect(kinds()).toEqual(['media.attached']);
  });

  it('is remembered over a restart with what was last told', async () => {
    const { state, start, kinds } = computer();
    start().record([attached, mounted]);
    await start().decideAgain();
    expect(kinds()).toEqual(['media.attached', 'media.mounted']);
    state.standing = registered('lost');
    await start().decideAgain();
    expect(state.events.slice(2)).toMatchObject([
      { kind: 'media.decided', data: { register: 'lost' } },
      { kind: 'media.decided', data: { register: 'lost', volume: { name: 'sdb1' } } },
    ]);
  });

  it('has each volume in use decided by itself', () => {
    const { state, start } = computer();
    state.standing = registered('issued');
    const keeper = start();
    keeper.record([attached, mounted]);
    const [decided] = keeper.devices();
    expect(decided?.decision.rights.read).toBe('deny');
    expect(decided?.volumes).toMatchObject([{ volume: { name: 'sdb1' }, decision: { rights: { read: 'allow' } } }]);
  });

  it.each([
    ['out of use', { kind: 'media.unmounted' as const, data: { device: stick, volume } }, 1],
    ['disconnected', { kind: 'media.removed' as const, data: { device: stick } }, 0],
  ])('is forgotten when it goes %s', async (_what, change, left) => {
    const { state, start } = computer();
    const keeper = start();
    keeper.record([attached, mounted]);
    keeper.record([change]);
    state.standing = registered('lost');
    await keeper.decideAgain();
    expect(state.events.slice(3)).toHaveLength(left);
  });

  it('is told at the next occasion when the disk did not take it', async () => {
    const { state, start, kinds } = computer();
    const keeper = start();
    keeper.record([attached]);
    state.standing = registered('lost');
    state.full = true;
    await expect(keeper.decideAgain()).rejects.toThrow('the disk is full');
    state.full = false;
    await keeper.decideAgain();
    expect(kinds()).toEqual(['media.attached', 'media.decided']);
  });

  it('is known again when what was remembered is not to be understood', () => {
    const { state, start } = computer();
    state.memories.set('decisions', [{ device: 'no' }]);
    expect(start().devices()).toEqual([]);
  });
});

const approval = {
  id: '1',
  kind: 'media' as const,
  device: { serial: 'EX0000000001' },
  rights: ['read' as const, 'write' as const],
  from: '2026-11-21T08:00:00.000Z',
  to: '2026-11-21T10:00:00.000Z',
  approver: 'nobody',
  reference: 'IG-1',
};

describe('an approval', () => {
  it('holds from its first millisecond to just before its last', () => {
    const { state, start } = computer();
    state.standing = { register: [], approvals: [approval], codes: [] };
    const keeper = start();
    keeper.record([attached]);
    const read = (time: string) => {
      state.now = Date.parse(time);
      return keeper.devices()[0]?.decision.rights.read;
    };
    expect(read('2026-11-21T07:59:59.999Z')).toBe('deny');
    expect(read('2026-11-21T08:00:00.000Z')).toBe('allow');
    expect(read('2026-11-21T09:59:59.999Z')).toBe('allow');
    expect(read('2026-11-21T10:00:00.000Z')).toBe('deny');
  });
});
