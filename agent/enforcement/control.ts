import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type DeviceFacts, deviceKey, type VolumeFacts } from '#shared/device/facts.ts';
import { errorCode } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { EventData } from '#shared/events/kinds.ts';
import type { Decision, Outcome } from '#shared/policy/decision.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Decide } from '../policy/decision-keeper.ts';
import type { Judged } from '../recorder.ts';
import { scanGate } from '../scanning/scan-before-use.ts';
import type { Scanning } from '../scanning/scanner.ts';
import type { Attached, Change, StorageUnit, Unsupported } from '../watchers/watcher.ts';
import type { CarriedOut, Enforcement, EnforcementMode, Ruled } from './enforcement.ts';
import { tamperings } from './tamperings.ts';
import { awaitsVolume, deviceWish, narrower, wishOf } from './wish.ts';

export interface ControlParts {
  enforcement: Enforcement | Unsupported;
  /** Gives the one who decides by what holds at this moment; asked once for each round. */
  decider(): Decide;
  policy(): Policy | undefined;
  /** Whether what is decided is also carried out at this moment. */
  mode(): EnforcementMode;
  scanning: Scanning | Unsupported;
  /** Puts on the disk what comes of itself, such as the end of a scan. */
  record(changes: readonly Judged[]): void;
  /** Milliseconds that only grow. */
  monotonic(): number;
  log: Logger;
}

/** Stands between deciding and recording: the one way by which decisions reach the system. */
export interface Control {
  /**
   * Decides on everything that is attached and carries it out.
   * @param attached everything there is now, or nothing where it is as at the last call: another decision came
   * @returns the changes with decision and outcome, and `media.decided` for each device of which something turned out
   * otherwise than was last told. Never throws; calls wait for each other.
   */
  act(changes: readonly Change[], attached?: readonly Attached[]): Promise<Judged[]>;
  /** See `WatcherContext.identify` and `Enforcement.identify`. Waits for what is being carried out. */
  identify(device: DeviceFacts, how: { mayWait: boolean }): Promise<StorageUnit[] | undefined>;
  /** Works out what `act` would say of a device that has just come. Nothing is done to the system, or kept. */
  rehearse(change: Change): Judged;
  /** Restores what was changed, because the agent stops on purpose. */
  stop(): Promise<void>;
  coverage(): Coverage[];
}

/** What was made of a device before it was asked what it is. */
interface Early {
  decision: Decision;
  awaits: boolean;
  policy: Policy | undefined;
}

interface Decided {
  attached: Attached;
  decision: Decision;
  ruled: Ruled;
}

export function enforcementControl(parts: ControlParts): Control {
  const { enforcement, log } = parts;
  const tampered = tamperings(parts.monotonic);
  let known: readonly Attached[] = [];
  let running: Promise<unknown> = Promise.resolve();
  /** What was last told of each device, to tell what turned out otherwise. */
  const told = new Map<string, string>();
  /** Volumes of devices that were refused because of them, and show none any more. */
  const hidden = new Map<string, readonly VolumeFacts[]>();
  /** Decisions by which new devices were not asked what they are: the round that follows takes them over, once. */
  const early = new Map<DeviceFacts, Early>();
  const { scanning, monotonic } = parts;
  const scans = scanGate({ scanning, monotonic, log, ended: scanEnded });

  function scanEnded(data: EventData<'media.scanned'>): void {
    act([{ kind: 'media.scanned', data }])
      .then(parts.record)
      .catch((error: unknown) => log.error({ code: errorCode(error) }, 'a scan could not be recorded'));
  }

  function rule(attached: Attached, decide: Decide): Decided {
    const { device } = attached;
    const key = deviceKey(device);
    const shown = attached.volumes.length > 0 ? attached.volumes : (hidden.get(key) ?? []);
    const taken = decidedEarly(device);
    const decision = taken?.decision ?? decide({ device });
    const volumes = new Map(shown.map((volume) => [volume.name, decide({ device, volume })]));
    const awaits = volumes.size === 0 && (taken?.awaits ?? awaitsVolume(parts.policy(), decision));
    const wish = deviceWish({ device: decision, volumes, awaitsVolume: awaits });
    const medium = { key, device, volumes: shown };
    const { wish: left, holds } = scans.narrow(wish, medium, parts.policy()?.devices.scan);
    const wishes = new Map([...volumes].map(([name, { rights }]) => [name, narrower(wishOf(rights), left)]));
    if (left.access === 'refused' && shown.length > 0) hidden.set(key, shown);
    else hidden.delete(key);
    return {
      attached,
      decision,
      ruled: { key, device, wish: left, volumes: wishes, ...(holds !== undefined && { holds }) },
    };
  }

  function decidedEarly(device: DeviceFacts): Early | undefined {
    const found = early.get(device);
    return found?.policy === parts.policy() ? found : undefined;
  }

  async function actNow(changes: readonly Change[], attached: readonly Attached[]): Promise<Judged[]> {
    known = attached;
    const mode = parts.mode();
    const decide = parts.decider();
    if ('unsupported' in enforcement) {
      return mode === 'report' ? [...changes] : changes.map((change) => cannot(change, decide));
    }
    await enforcement.setMode(mode);
    if (mode === 'report') {
      told.clear();
      hidden.clear();
      return [...changes];
    }
    const decided = attached.map((one) => rule(one, decide));
    const done = await enforcement.carryOut(decided.map(({ ruled }) => ruled));
    const undone = [...done.values()].flatMap((one) => one.undone ?? []);
    forget(new Set(decided.map(({ ruled }) => ruled.key)));
    return [
      ...changes.map((change) => withOutcome(change, decided, done, decide)),
      ...otherwise(changes, decided, done),
      ...tampered(undone),
    ];
  }

  function forget(present: ReadonlySet<string>): void {
    for (const key of told.keys()) if (!present.has(key)) told.delete(key);
    for (const key of hidden.keys()) if (!present.has(key)) hidden.delete(key);
    scans.keepOnly(present);
  }

  function withOutcome(
    change: Change,
    decided: readonly Decided[],
    done: ReadonlyMap<string, CarriedOut>,
    decide: Decide,
  ): Judged {
    if (!isAboutDevice(change)) return change;
    const key = deviceKey(change.data.device);
    const found = decided.find(({ ruled }) => ruled.key === key);
    const result = done.get(key);
    if (!found || !result) return change;
    const volume = 'volume' in change.data ? change.data.volume : undefined;
    if (!volume) return { ...change, decision: found.decision, outcome: result.outcome };
    const decision = decide({ device: found.attached.device, volume });
    return { ...change, decision, outcome: result.volumes.get(volume.name) ?? result.outcome };
  }

  /** Tells of devices that no change speaks of: after a start, and when an outcome comes late or is another. */
  function otherwise(
    changes: readonly Change[],
    decided: readonly Decided[],
    done: ReadonlyMap<string, CarriedOut>,
  ): Judged[] {
    const spoken = new Set(changes.filter(isAboutDevice).map(({ data }) => deviceKey(data.device)));
    return decided.flatMap(({ attached: { device }, decision, ruled: { key } }): Judged[] => {
      const outcome = done.get(key)?.outcome;
      const now = JSON.stringify([decision.rights, outcome?.state, outcome?.mechanism]);
      const before = told.get(key);
      told.set(key, now);
      const isNews = before === undefined ? isDenied(decision) : before !== now;
      if (spoken.has(key) || !isNews || !outcome) return [];
      return [{ kind: 'media.decided', data: { device }, decision, outcome }];
    });
  }

  function cannot(change: Change, decide: Decide): Judged {
    if (!('unsupported' in enforcement) || !isAboutDevice(change)) return change;
    const { device } = change.data;
    const volume = 'volume' in change.data ? change.data.volume : undefined;
    const decision = decide({ device, ...(volume && { volume }) });
    const outcome: Outcome = { state: 'unsupported', mechanism: 'none', because: enforcement.unsupported };
    return { ...change, decision, ...(isDenied(decision) && { outcome }) };
  }

  function act(changes: readonly Change[], attached?: readonly Attached[]): Promise<Judged[]> {
    const acting = running.then(async () => {
      try {
        return await actNow(changes, attached ?? known);
      } catch (error) {
        log.error({ code: errorCode(error) }, 'decisions could not be carried out');
        return [...changes];
      } finally {
        early.clear();
      }
    });
    // Who called goes on first, and records.
    running = acting.then(() => turnOfTheLoop()).then(guard);
    return acting;
  }

  async function guard(): Promise<void> {
    if ('unsupported' in enforcement) return;
    try {
      const found = tampered(await enforcement.guard());
      if (found.length > 0) parts.record(found);
    } catch (error) {
      log.error({ code: errorCode(error) }, 'doors could not be guarded');
    }
  }

  /** Whatever it turns out to be, it stays outside for now. */
  function isRefused(device: DeviceFacts): boolean {
    const policy = parts.policy();
    const decision = parts.decider()({ device });
    const awaits = awaitsVolume(policy, decision);
    early.set(device, { decision, awaits, policy });
    return deviceWish({ device: decision, volumes: new Map(), awaitsVolume: awaits }).access === 'refused';
  }

  function identify(device: DeviceFacts, { mayWait }: { mayWait: boolean }): Promise<StorageUnit[] | undefined> {
    const asking = running.then(async () => {
      try {
        if ('unsupported' in enforcement || (mayWait && isRefused(device))) return undefined;
        return await enforcement.identify(device);
      } catch (error) {
        log.error({ code: errorCode(error) }, 'a device could not be asked what it is');
        return undefined;
      }
    });
    running = asking;
    return asking;
  }

  return {
    act,
    identify,
    rehearse(change) {
      if (!isAboutDevice(change)) return change;
      const { device } = change.data;
      isRefused(device);
      early.delete(device);
      const decide = parts.decider();
      const decided = rule({ device, volumes: [] }, decide);
      const done = 'unsupported' in enforcement ? undefined : enforcement.rehearse?.(decided.ruled);
      return withOutcome(change, [decided], new Map(done && [[decided.ruled.key, done]]), decide);
    },
    async stop() {
      await scans.stop();
      await running;
      if (!('unsupported' in enforcement)) await enforcement.release();
    },
    coverage() {
      if (!('unsupported' in enforcement)) return enforcement.coverage();
      const { unsupported: how } = enforcement;
      return [{ watcher: 'enforcement', area: 'all devices', state: 'unsupported', how, limits: [] }];
    },
  };
}

type AboutDevice = Extract<Change, { kind: 'media.attached' | 'media.changed' | 'media.mounted' | 'media.decided' }>;

function isAboutDevice(change: Change): change is AboutDevice {
  return ['media.attached', 'media.changed', 'media.mounted', 'media.decided'].includes(change.kind);
}

function isDenied({ rights }: Decision): boolean {
  return Object.values(rights).includes('deny');
}
