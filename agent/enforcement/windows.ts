import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { readMedia, storagePaths } from '../platform/media.windows.ts';
import type { WindowsSystem } from '../platform/windows/system.ts';
import { type Found, findMedia, type WindowsMedia } from '../watchers/removable-media/devices.windows.ts';
import { enforcementCoverage, type Standing } from './coverage.windows.ts';
import type { CarriedOut, Enforcement, EnforcementContext, EnforcementFactory, Ruled } from './enforcement.ts';
import { emptyKept, readKept, removeKept, writeKept } from './kept.windows.ts';
import { outcomeOf } from './outcome.ts';
import type { Action, Plan } from './plan.windows.ts';
import { type DeviceStanding, has, plan } from './planner.windows.ts';
import { applyPolicies, type PolicyHands, restorePolicies, standingOf } from './policies.windows.ts';
import { instanceList, policyKindOf, wantedInstances, wantedPolicies } from './policy-keys.windows.ts';

type System = Pick<WindowsSystem, 'registry' | 'devices' | 'volumes'>;

/** A disk that was let in shows its volumes only then; one more round to see that it is done. */
const mostRounds = 3;

/** Enforcement by policy keys as the standing state, and by the device manager and attributes of disks at arrival. */
export function enforceOnWindows(system: System, bootId: string): EnforcementFactory {
  return (context) => windowsEnforcement(system, bootId, context);
}

function windowsEnforcement(system: System, bootId: string, { clock, log, ownPaths }: EnforcementContext): Enforcement {
  const { registry, devices, volumes } = system;
  const standing: Standing = { mode: 'report' };
  const settled = new Map<string, string>();
  const hands: PolicyHands = {
    registry,
    bootId,
    kept: emptyKept(),
    keep: () => writeKept(registry, hands.kept),
  };

  function arm(): void {
    if (standing.mode === 'enforce') return;
    hands.kept = readKept(registry) ?? emptyKept();
    hands.keep();
    standing.mode = 'enforce';
  }

  function disarm(): boolean {
    const before = readKept(registry);
    if (standing.mode === 'report' && !before) return false;
    hands.kept = before ?? hands.kept;
    standing.mode = 'report';
    settled.clear();
    restorePolicies(hands);
    for (const id of hands.kept.disabled) devices.enable(id);
    const paths = storagePaths(devices);
    for (const id of hands.kept.readOnly) {
      const path = paths.get(id.toUpperCase());
      if (path !== undefined) volumes.setReadOnly(path, false);
    }
    hands.kept = emptyKept();
    removeKept(registry);
    return true;
  }

  function perform(action: Action): string | undefined {
    switch (action.do) {
      case 'disable':
        remember('disabled', action.id);
        return devices.disable(action.id);
      case 'enable':
        return forgetWhenDone('disabled', action.id, devices.enable(action.id));
      case 'read-only':
      case 'writable': {
        const path = storagePaths(devices).get(action.id.toUpperCase());
        if (path === undefined) return 'ENOENT';
        if (action.do === 'writable') return forgetWhenDone('readOnly', action.id, volumes.setReadOnly(path, false));
        remember('readOnly', action.id);
        return volumes.setReadOnly(path, true);
      }
    }
  }

  function remember(what: 'disabled' | 'readOnly', id: string): void {
    if (has(hands.kept[what], id)) return;
    hands.kept[what].push(id);
    hands.keep();
  }

  function forgetWhenDone(what: 'disabled' | 'readOnly', id: string, fault: string | undefined): string | undefined {
    if (fault !== undefined) return fault;
    hands.kept[what] = hands.kept[what].filter((one) => one.toUpperCase() !== id.toUpperCase());
    hands.keep();
    return undefined;
  }

  function standingFor(ruled: Ruled, media: WindowsMedia, found: readonly Found[]): DeviceStanding {
    const mine = foundFor(ruled.device, found);
    const kind = policyKindOf(ruled.device.class);
    const drives = [...ownPaths.map((path) => path.slice(0, 2).toUpperCase()), media.systemDrive];
    return {
      found: mine,
      disks: media.disks,
      changed: hands.kept,
      isNeeded: mine?.volumes.some(({ name }) => drives.includes(name.toUpperCase())) ?? false,
      denyWrite: standingOf(kind, 'Deny_Write', hands),
      denyExecute: standingOf(kind, 'Deny_Execute', hands),
    };
  }

  function setPolicies(ruled: readonly Ruled[], found: readonly Found[]): number {
    const theirs = registry.values(instanceList)?.keys() ?? [];
    const isRefused = ({ wish }: Ruled) => !wish.connect || wish.access === 'refused';
    const matching = (some: readonly Ruled[]) => some.flatMap(({ device }) => foundFor(device, found) ?? []);
    const sides = {
      refused: matching(ruled.filter(isRefused)),
      allowed: matching(ruled.filter((one) => !isRefused(one))),
    };
    const instances = wantedInstances(sides, hands.kept.policies, new Set(theirs));
    return applyPolicies([...wantedPolicies(ruled, hands.kept.policies), ...instances], hands);
  }

  function carryOut(ruled: readonly Ruled[]): Map<string, CarriedOut> {
    const start = clock.monotonic();
    let media = readMedia(system);
    let found = findMedia(media);
    const undoneKeys = setPolicies(ruled, found);
    const planOf = (one: Ruled) => plan(one, standingFor(one, media, found));
    const undone = new Map(ruled.map((one) => [one.key, undoneBy(one, planOf(one), found)]));
    const faults = new Map<string, string[]>();
    for (let round = 0; round < mostRounds; round++) {
      const todo = ruled
        .map((one) => ({ key: one.key, actions: planOf(one).actions }))
        .filter(({ actions }) => actions.length > 0);
      if (todo.length === 0) break;
      const said = todo.map(({ key, actions }) => ({
        key,
        count: actions.length,
        faults: actions.flatMap((action) => attempt(action)),
      }));
      for (const one of said) faults.set(one.key, one.faults);
      media = readMedia(system);
      found = findMedia(media);
      if (said.every((one) => one.faults.length === one.count)) break;
    }
    const results = ruled.map((one): [string, CarriedOut] => {
      const after = planOf(one);
      const said = faults.get(one.key) ?? [];
      const milliseconds = clock.monotonic() - start;
      if (after.actions.length === 0) settled.set(one.key, signature(one, found));
      else settled.delete(one.key);
      const because = undone.get(one.key) ?? (undoneKeys > 0 ? 'Policy keys were changed by another hand.' : undefined);
      return [
        one.key,
        {
          outcome: outcomeOf(after, said, milliseconds),
          volumes: new Map([...after.volumes].map(([name, part]) => [name, outcomeOf(part, said, milliseconds)])),
          ...(because !== undefined && { undone: because }),
        },
      ];
    });
    const keys = new Set(ruled.map(({ key }) => key));
    for (const key of settled.keys()) if (!keys.has(key)) settled.delete(key);
    return new Map(results);
  }

  function attempt(action: Action): string[] {
    const fault = perform(action);
    if (fault === undefined) return [];
    log.warn({ action: action.do, code: fault }, 'enforcement was refused by the system');
    return [fault];
  }

  function undoneBy(one: Ruled, before: Plan, found: readonly Found[]): string | undefined {
    if (settled.get(one.key) !== signature(one, found)) return undefined;
    const taken = before.actions.filter(({ gives }) => !gives);
    return taken.length > 0
      ? `Taken back by another hand: ${[...new Set(taken.map((action) => action.do))].join(', ')}.`
      : undefined;
  }

  return {
    setMode(mode) {
      try {
        delete standing.fault;
        if (mode === 'enforce') arm();
        else disarm();
      } catch (error) {
        standing.fault = errorCode(error);
        log.error({ code: errorCode(error) }, 'enforcement could not be made ready');
      }
      return Promise.resolve();
    },
    // Windows lets every device in by itself: there is no such door.
    guard: () => Promise.resolve([]),
    // Windows lets a device in before anybody is asked: what it is, its disks have told already.
    identify: () => Promise.resolve(undefined),
    carryOut(ruled) {
      try {
        // What could not be kept could not be given back: then nothing is changed.
        if (standing.fault !== undefined) throw new PortcullisError(standing.fault, 'Enforcement is not ready.');
        return Promise.resolve(carryOut(ruled));
      } catch (error) {
        log.error({ code: errorCode(error) }, 'enforcement failed');
        return Promise.resolve(new Map(ruled.map(({ key }) => [key, failure(error)])));
      }
    },
    release: () => Promise.resolve(disarm()),
    coverage: () => enforcementCoverage(standing),
  };
}

/** A serial that turned out to be shared changes the key, and the place it is plugged in does not. */
function foundFor(device: DeviceFacts, found: readonly Found[]): Found | undefined {
  return (
    found.find((one) => deviceKey(one.device) === deviceKey(device)) ??
    found.find((one) => one.device.port === device.port && one.device.serial === device.serial)
  );
}

/** Tells one visit of a device, under one wish, from another. */
function signature({ device, wish, volumes }: Ruled, found: readonly Found[]): string {
  const arrived = foundFor(device, found)?.parts.map((part) => part.arrived);
  return JSON.stringify([arrived, wish, [...volumes]]);
}

function failure(error: unknown): CarriedOut {
  const because = `The state of the devices could not be read (${errorCode(error)}).`;
  return { outcome: { state: 'failed', mechanism: 'none', because }, volumes: new Map() };
}
