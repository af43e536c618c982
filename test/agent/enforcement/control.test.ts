import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { eventCheckers } from '#shared/events/kinds.ts';
import type { Decision, Outcome } from '#shared/policy/decision.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { type Control, type ControlParts, enforcementControl } from '../../../agent/enforcement/control.ts';
import type { CarriedOut, Enforcement, Ruled } from '../../../agent/enforcement/enforcement.ts';
import type { Judged } from '../../../agent/recorder.ts';
import type { StorageUnit } from '../../../agent/watchers/watcher.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { charging, decisionOf, everything, readOnly } from '../../fakes/decision.ts';
import { deviceOf } from '../../fakes/ruled.ts';

const stick = deviceOf({ port: '1-1', interfaces: ['08:06:50'] });
const plain: VolumeFacts = { name: 'sdb1', encryption: 'plain', filesystem: 'vfat' };
const applied: Outcome = { state: 'applied', mechanism: 'a test', milliseconds: 1 };

let decision: Decision;
let volumeDecision: Decision | undefined;
let outcome: Outcome;
let undone: string | undefined;
let asked: (readonly Ruled[])[];
let modes: string[];
let reopened: string[];
let control: Control;
let recorded: Judged[];
let identified: () => Promise<StorageUnit[] | undefined>;

function controlOf(more: Partial<ControlParts> = {}): Control {
  const enforcement: Enforcement = {
    setMode(mode) {
      modes.push(mode);
      return Promise.resolve();
    },
    guard: () => Promise.resolve(reopened.splice(0)),
    carryOut(ruled) {
      asked.push(ruled);
      const result: CarriedOut = { outcome, volumes: new Map(), ...(undone !== undefined && { undone }) };
      return Promise.resolve(new Map(ruled.map(({ key }) => [key, result])));
    },
    identify: () => identified(),
    release: () => Promise.resolve(true),
    coverage: () => [],
  };
  return enforcementControl({
    enforcement,
    decider:
      () =>
      ({ volume }) =>
        (volume && volumeDecision) ?? decision,
    mode: () => decision.mode,
    policy: () => undefined,
    scanning: { unsupported: 'Not here.' },
    record: (changes) => void recorded.push(...changes),
    monotonic: () => 0,
    log: pino({ level: 'silent' }),
    ...more,
  });
}

beforeEach(() => {
  decision = decisionOf(charging);
  volumeDecision = undefined;
  outcome = applied;
  undone = undefined;
  asked = [];
  modes = [];
  reopened = [];
  recorded = [];
  identified = () => Promise.resolve(undefined);
  control = controlOf();
});

const attach = (device: DeviceFacts = stick, volumes: VolumeFacts[] = []): Judged => ({
  kind: 'media.attached',
  data: { device, volumes, presentAtStart: false },
});
const kinds = (changes: readonly Judged[]) => changes.map(({ kind }) => kind);
const wishes = () => asked.at(-1)?.map(({ wish }) => wish.access);

describe('between decision and record', () => {
  it('a change gets the decision that was carried out and what came of it', async () => {
    const [change] = await control.act([attach()], [{ device: stick, volumes: [] }]);
    expect(change).toMatchObject({ kind: 'media.attached', decision: { rights: charging }, outcome: applied });
    expect(modes).toEqual(['enforce']);
  });

  it('while the policy only reports nothing is carried out, and no outcome is told', async () => {
    decision = decisionOf(everything, { mode: 'report' });
    expect(await control.act([attach()], [{ device: stick, volumes: [] }])).toEqual([attach()]);
    expect({ modes, asked }).toEqual({ modes: ['report'], asked: [] });
  });

  it('everything that is attached is carried out at every look, changed or not', async () => {
    await control.act([attach()], [{ device: stick, volumes: [] }]);
    await control.act([], [{ device: stick, volumes: [] }]);
    expect(asked.map((ruled) => ruled.length)).toEqual([1, 1]);
  });

  it('a denied device that is known from before is told once at the start of the agent', async () => {
    const first = await control.act([], [{ device: stick, volumes: [] }]);
    const second = await control.act([], [{ device: stick, volumes: [] }]);
    expect(first).toMatchObject([{ kind: 'media.decided', data: { device: stick }, outcome: applied }]);
    expect(second).toEqual([]);
  });

  it('an allowed device that is known from before is not told again', async () => {
    decision = decisionOf(everything);
    expect(await control.act([], [{ device: stick, volumes: [] }])).toEqual([]);
  });

  it('an outcome that comes late is told when it comes', async () => {
    outcome = { state: 'pending', mechanism: 'a test' };
    await control.act([attach()], [{ device: stick, volumes: [] }]);
    outcome = applied;
    expect(await control.act([], [{ device: stick, volumes: [] }])).toMatchObject([
      { kind: 'media.decided', outcome: applied },
    ]);
  });

  it('another decision is carried out on what is attached, without a look', async () => {
    await control.act([attach()], [{ device: stick, volumes: [] }]);
    decision = decisionOf(readOnly);
    const change: Judged = { kind: 'media.decided', data: { device: stick } };
    const told = await control.act([change]);
    expect(told).toMatchObject([{ kind: 'media.decided', decision: { rights: readOnly }, outcome: applied }]);
    expect(wishes()).toEqual(['read-only']);
  });

  it('what another hand took back is an event, once in ten minutes', async () => {
    undone = 'Taken back by another hand: read-only.';
    const first = await control.act([attach()], [{ device: stick, volumes: [] }]);
    const second = await control.act([], [{ device: stick, volumes: [] }]);
    expect(kinds(first)).toEqual(['media.attached', 'agent.tampered']);
    expect(second).toEqual([]);
  });

  it('a door that another hand opened is an event, after what was seen is handed back', async () => {
    reopened = ['New devices were let in without a decision.'];
    expect(kinds(await control.act([attach()], [{ device: stick, volumes: [] }]))).toEqual(['media.attached']);
    expect(recorded).toEqual([]);
    await control.stop();
    expect(recorded).toMatchObject([{ kind: 'agent.tampered', data: { what: 'enforcement' } }]);
  });

  it('a system that fails altogether keeps nothing from being recorded', async () => {
    control = controlOf({ enforcement: { ...({} as Enforcement), setMode: () => Promise.reject(new Error('no')) } });
    expect(await control.act([attach()], [{ device: stick, volumes: [] }])).toEqual([attach()]);
  });

  it('a system that cannot enforce says so for what is denied', async () => {
    control = controlOf({ enforcement: { unsupported: 'The agent does not run as root.' } });
    const [change] = await control.act([attach()], [{ device: stick, volumes: [] }]);
    expect(change?.outcome).toEqual({
      state: 'unsupported',
      mechanism: 'none',
      because: 'The agent does not run as root.',
    });
    expect(control.coverage()).toMatchObject([{ watcher: 'enforcement', state: 'unsupported' }]);
  });

  it('a device refused because of its volumes stays so when it shows none any more', async () => {
    decision = decisionOf(readOnly);
    volumeDecision = decisionOf(charging);
    await control.act([attach()], [{ device: stick, volumes: [plain] }]);
    expect(wishes()).toEqual(['refused']);
    await control.act([], [{ device: stick, volumes: [] }]);
    expect(wishes()).toEqual(['refused']);
    await control.act([], []);
    await control.act([attach()], [{ device: stick, volumes: [] }]);
    expect(wishes()).toEqual(['read-only']);
  });

  it('a mounted volume carries the decision about itself', async () => {
    volumeDecision = decisionOf(readOnly);
    const volume = { ...plain, mountPoint: '/media/usb', readOnly: true };
    const change: Judged = { kind: 'media.mounted', data: { device: stick, volume } };
    const [told] = await control.act([change], [{ device: stick, volumes: [volume] }]);
    expect(told?.decision?.rights).toEqual(readOnly);
  });
});

describe('scan before use', () => {
  const scan = {
    classes: ['usb-storage'],
    until: 'no-access',
    whenInfected: 'refuse',
    whenNoScanner: 'refuse',
    maxMinutes: 1,
  } as const;
  const policy = loadPolicy(profileText('focus'));
  const attached = [{ device: stick, volumes: [plain] }];
  const scanned = { files: 1, bytes: 1, unread: 0, engine: 'Test 1' };

  function scanning(infected: number) {
    return controlOf({
      policy: () => ({ ...policy, devices: { ...policy.devices, scan: { ...scan, classes: [...scan.classes] } } }),
      scanning: {
        scanners: [
          {
            name: 'test',
            available: () => Promise.resolve(true),
            scan: () => Promise.resolve({ ok: true, seen: { ...scanned, infected } }),
          },
        ],
        open: () => Promise.resolve({ ok: true, seen: { folder: '/nowhere', close: () => Promise.resolve() } }),
      },
    });
  }

  it.each([
    [0, 'clean', 'read-only'],
    [2, 'infected', 'refused'],
  ] as const)('with %i findings a medium is held, and then %s: %s', async (infected, result, access) => {
    decision = decisionOf(readOnly);
    control = scanning(infected);
    await control.act([attach(stick, [plain])], attached);
    expect(asked.at(-1)).toMatchObject([{ wish: { access: 'held' }, holds: 'It waits for the antivirus.' }]);
    await expect.poll(() => recorded.map(({ kind }) => kind)).toContain('media.scanned');
    const event = recorded.find(({ kind }) => kind === 'media.scanned');
    expect(event?.data).toMatchObject({ result, infected });
    expect(wishes()).toEqual([access]);
    const line = { seq: 1, at: '2026-11-21T09:00:00.000Z', bootId: 'b', uptimeMs: 1, ...event };
    expect(eventCheckers()('media.scanned').check(line)).toBe(true);
    await control.stop();
  });
});

describe('asking a device what it is', () => {
  it('passes on what it said', async () => {
    identified = () => Promise.resolve([{ kind: 'optical', removable: true }]);
    expect(await control.identify(stick, { mayWait: false })).toEqual([{ kind: 'optical', removable: true }]);
  });

  it('can wait where it is refused as it stands, and where it is let in cannot', async () => {
    identified = () => Promise.resolve([{ kind: 'optical', removable: true }]);
    expect(await control.identify(stick, { mayWait: true })).toBeUndefined();
    decision = decisionOf(readOnly);
    expect(await control.identify(stick, { mayWait: true })).toEqual([{ kind: 'optical', removable: true }]);
  });

  it('decides once for asking and carrying out, but anew in the next round or under another policy', async () => {
    let decided = 0;
    let policy = loadPolicy(profileText('focus'));
    const counted = controlOf({
      policy: () => policy,
      decider: () => () => {
        decided++;
        return decision;
      },
    });
    await counted.identify(stick, { mayWait: true });
    await counted.act([attach()], [{ device: stick, volumes: [] }]);
    expect(decided).toBe(1);
    await counted.act([], [{ device: stick, volumes: [] }]);
    expect(decided).toBe(2);
    await counted.identify(stick, { mayWait: true });
    policy = loadPolicy(profileText('focus'));
    decision = decisionOf(readOnly);
    await counted.act([], [{ device: stick, volumes: [] }]);
    expect(decided).toBe(4);
    expect(wishes()).toEqual(['read-only']);
  });

  it('comes to nothing where it fails or enforcement is not supported', async () => {
    identified = () => Promise.reject(new Error('EIO'));
    expect(await control.identify(stick, { mayWait: false })).toBeUndefined();
    expect(
      await controlOf({ enforcement: { unsupported: 'Not here.' } }).identify(stick, { mayWait: false }),
    ).toBeUndefined();
  });
});
