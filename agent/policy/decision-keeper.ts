import { isDeepStrictEqual } from 'node:util';
import Type from 'typebox';
import { DeviceFacts, deviceKey, VolumeFacts } from '#shared/device/facts.ts';
import { registerStates } from '#shared/policy/conditions.ts';
import { decide } from '#shared/policy/decide.ts';
import { type Decision, Rights } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import { checker, exactObject, oneOf } from '#shared/schema.ts';
import { type Circumstances, judge } from '../decisions.ts';
import type { Judged } from '../recorder.ts';
import type { Memory } from '../spool/spool.ts';
import type { Attached, Change } from '../watchers/watcher.ts';
import { authorisationOf, type DataMove } from './authorisation.ts';
import type { PolicyInForce } from './keeper.ts';
import { registerFact } from './register-fact.ts';

/** As much of a decision as makes two of them differ. */
const Told = exactObject({
  rights: Rights,
  wouldHave: Type.Optional(Rights),
  register: Type.Optional(oneOf(registerStates)),
});
type Told = Type.Static<typeof Told>;

const Known = exactObject({
  device: DeviceFacts,
  told: Told,
  /** Volumes in use, each decided by itself. */
  volumes: Type.Array(exactObject({ volume: VolumeFacts, told: Told }), { maxItems: 128 }),
});
type Known = Type.Static<typeof Known>;
const Memories = Type.Array(Known, { maxItems: 256 });
const name = 'decisions';

/** A connected device, and each of its volumes in use, with what the policy says of it now. */
export interface DecidedDevice {
  device: DeviceFacts;
  decision: Decision;
  volumes: { volume: VolumeFacts; decision: Decision }[];
}

export interface DecisionParts {
  /** Carries decisions out before they are recorded. See `Control.act`. */
  act?(changes: readonly Change[]): Promise<readonly Change[]>;
  policy(): PolicyInForce | null;
  circumstances(): Circumstances;
  recall(name: string): unknown;
  record(changes: readonly Judged[], ...memories: readonly Memory[]): void;
}

/** What the policy says of a device, or of a volume on it. */
export type Decide = (facts: Pick<Facts, 'device' | 'volume'>) => Decision;

/** Decides devices, and remembers what was last told of each, so that only what differs is told again. */
export interface DecisionKeeper {
  /** Decides devices, and volumes on them, all by what holds at this moment. */
  decider(): Decide;
  /** Puts changes on the disk, each with its decision; one that was decided to be carried out keeps that decision. */
  record(changes: readonly Judged[], memory?: Memory): void;
  /** The change as `record` would put it down. Nothing is kept. */
  rehearse(change: Judged): Judged;
  /** Policy, standing or time changed: decides what is connected anew and tells where it differs. */
  decideAgain(): Promise<void>;
  /** What is connected, as decided at this moment. */
  devices(): DecidedDevice[];
  /** What is connected, with its volumes in use, as it was last recorded. */
  attached(): Attached[];
}

export function decisionKeeper({ policy, circumstances, recall, record: keep, act }: DecisionParts): DecisionKeeper {
  const recalled = recall(name);
  let known = new Map((checker(Memories).check(recalled) ? recalled : []).map((one) => [deviceKey(one.device), one]));

  let deciding: Promise<void> = Promise.resolve();

  function decided(change: Judged): Judged {
    const around = circumstances();
    const judged = authorised(change.decision ? change : judge(change, policy(), around), around);
    if (!carriesRegister(judged)) return judged;
    const register = registerFact(judged.data.device, around.standing, around.now);
    return { ...judged, data: { ...judged.data, ...(register && { register }) } } as Judged;
  }

  function authorised(change: Judged, { standing, computer, now }: Circumstances): Judged {
    const move = dataMoveOf(change, computer?.id ?? '');
    if (!move) return change;
    const found = authorisationOf(move, standing, policy()?.policy, now);
    return { ...change, data: { ...change.data, ...found } } as Judged;
  }

  function record(changes: readonly Judged[], memory?: Memory): void {
    const judged = changes.map(decided);
    const next = judged.reduce(follow, known);
    const memories = next === known ? [] : [{ name, value: [...next.values()] }];
    keep(judged, ...(memory ? [memory] : []), ...memories);
    known = next;
  }

  async function decideOnce(): Promise<void> {
    const all = [...known.values()].flatMap(({ device, told, volumes }) => [
      { change: decidedChange(device), told },
      ...volumes.map((one) => ({ change: decidedChange(device, one.volume), told: one.told })),
    ]);
    const different = all.filter(({ change, told }) => !isSame(toldOf(decided(change)), told));
    if (different.length === 0) return;
    const changes = different.map(({ change }) => change);
    record(act ? await act(changes) : changes);
  }

  return {
    record,
    rehearse(change) {
      const judged = decided(change);
      follow(known, judged);
      return judged;
    },
    decider() {
      const { now, standing, ...around } = circumstances();
      const inForce = policy();
      return (facts) => decide(inForce, { ...around, ...facts }, standing, now);
    },
    decideAgain() {
      // One after the other: what turned while decisions were being carried out is looked at after them.
      deciding = deciding.catch(() => undefined).then(decideOnce);
      return deciding;
    },
    attached: () =>
      [...known.values()].map(({ device, volumes }) => ({ device, volumes: volumes.map(({ volume }) => volume) })),
    devices() {
      const around = circumstances();
      const ruled = (device: DeviceFacts, volume?: VolumeFacts) =>
        judge(decidedChange(device, volume), policy(), around).decision;
      return [...known.values()].flatMap(({ device, volumes }) => {
        const decision = ruled(device);
        const each = volumes.flatMap(({ volume }) => {
          const one = ruled(device, volume);
          return one ? [{ volume, decision: one }] : [];
        });
        return decision ? [{ device, decision, volumes: each }] : [];
      });
    },
  };
}

type WithDevice = Extract<Judged, { data: { device?: DeviceFacts } }> & { data: { device: DeviceFacts } };
const withRegister: ReadonlySet<string> = new Set<Judged['kind']>([
  ...(['media.attached', 'media.changed', 'media.mounted', 'media.decided'] as const),
  ...(['media.file-inspected', 'media.file-not-inspected', 'media.session', 'identifiers.bulk-reached'] as const),
]);

function carriesRegister(change: Judged): change is WithDevice {
  return withRegister.has(change.kind) && 'device' in change.data && change.data.device !== undefined;
}

/** What of the change an approval may cover. */
function dataMoveOf({ kind, data, actor }: Judged, computerId: string): DataMove | undefined {
  const whose = { computerId, ...(actor && { actor }) };
  switch (kind) {
    case 'media.file-inspected':
      return { kind: 'transfer', ...whose, device: data.device, volume: data.volume };
    case 'identifiers.bulk-reached': {
      const { device, volume } = data;
      return { kind: 'transfer', ...whose, ...(device && { device }), ...(volume && { volume }) };
    }
    case 'document.inspected':
      return { kind: data.place === 'cloud-sync' ? 'transfer' : 'local-data', ...whose };
    default:
      return undefined;
  }
}

function decidedChange(device: DeviceFacts, volume?: VolumeFacts): Change {
  return { kind: 'media.decided', data: { device, ...(volume && { volume }) } };
}

/** A medium of which nothing was known, and now that it is not in the register, is none the worse or better for it. */
function isSame(now: Told | undefined, told: Told): boolean {
  const plain = (one: Told) => ({ ...one, register: one.register ?? 'unregistered' });
  return now !== undefined && isDeepStrictEqual(plain(now), plain(told));
}

function toldOf({ decision, data }: Judged): Told | undefined {
  if (!decision) return undefined;
  const register = 'register' in data ? data.register : undefined;
  return {
    rights: decision.rights,
    ...(decision.wouldHave && { wouldHave: decision.wouldHave }),
    ...(register && { register }),
  };
}

type KnownDevices = ReadonlyMap<string, Known>;

/** Pure: what is known after a change. The same map when nothing of it is touched. */
function follow(known: Map<string, Known>, change: Judged): Map<string, Known> {
  const told = toldOf(change);
  switch (change.kind) {
    case 'media.attached':
    case 'media.changed': {
      const { device } = change.data;
      return told ? withDevice(known, { device, told, volumes: volumesOf(known, device) }) : known;
    }
    case 'media.mounted':
      return told ? withVolume(known, change.data.device, change.data.volume, told) : known;
    case 'media.unmounted':
      return withoutVolume(known, change.data.device, change.data.volume.name);
    case 'media.decided': {
      const { device, volume } = change.data;
      if (!told) return known;
      if (volume) return withVolume(known, device, volume, told);
      return withDevice(known, { device, told, volumes: volumesOf(known, device) });
    }
    case 'media.removed': {
      const left = new Map(known);
      left.delete(deviceKey(change.data.device));
      return left;
    }
    default:
      return known;
  }
}

function volumesOf(known: KnownDevices, device: DeviceFacts): Known['volumes'] {
  return known.get(deviceKey(device))?.volumes ?? [];
}

function withDevice(known: KnownDevices, device: Known): Map<string, Known> {
  return new Map(known).set(deviceKey(device.device), device);
}

function withVolume(known: KnownDevices, device: DeviceFacts, volume: VolumeFacts, told: Told): Map<string, Known> {
  const others = volumesOf(known, device).filter((one) => one.volume.name !== volume.name);
  const before = known.get(deviceKey(device));
  return withDevice(known, { device, told: before?.told ?? told, volumes: [...others, { volume, told }].slice(-128) });
}

function withoutVolume(known: KnownDevices, device: DeviceFacts, volumeName: string): Map<string, Known> {
  const before = known.get(deviceKey(device));
  if (!before) return new Map(known);
  const volumes = before.volumes.filter((one) => one.volume.name !== volumeName);
  return withDevice(known, { ...before, volumes });
}
