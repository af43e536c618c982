import { deviceKey } from '#shared/device/facts.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { storageReader } from '../platform/darwin/storage.ts';
import type { Tools } from '../platform/darwin/tools.ts';
import { readMedia } from '../watchers/removable-media/darwin.ts';
import { findMedia } from '../watchers/removable-media/devices.darwin.ts';
import type { Attached } from '../watchers/watcher.ts';
import { enforcementCoverage, type Standing } from './coverage.darwin.ts';
import type { CarriedOut, Enforcement, EnforcementContext, EnforcementFactory, Ruled } from './enforcement.ts';
import { type Kept, keptFile, readKept, removeKept, writeKept } from './kept.darwin.ts';
import { outcomeOf } from './outcome.ts';
import { type Action, type Plan, plan } from './planner.darwin.ts';

/** A mount that hangs must not hold up the device behind it in the row. */
const longestMilliseconds = 15_000;

/** Enforcement by unmounting volumes and mounting them again: all that macOS grants a program without Apple's entitlements. */
export function enforceOnDarwin(tools: Tools, file: string = keptFile): EnforcementFactory {
  return (context) => darwinEnforcement(tools, file, context);
}

function darwinEnforcement(tools: Tools, file: string, { clock, log }: EnforcementContext): Enforcement {
  const standing: Standing = { mode: 'report' };
  const settled = new Map<string, string>();
  let kept: Kept = { unmounted: [], readOnly: [] };

  async function look(): Promise<Attached[]> {
    // Asked anew each time: what was read back must not be what was kept from before.
    const media = await readMedia(
      tools,
      storageReader(tools, () => clock.monotonic()),
    );
    if (!media.ok) throw new PortcullisError(media.error.code, media.error.says);
    return findMedia(media.seen.usb, media.seen.storage);
  }

  function arm(): void {
    if (standing.mode === 'enforce') return;
    kept = readKept(file) ?? { unmounted: [], readOnly: [] };
    writeKept(file, kept);
    standing.mode = 'enforce';
  }

  async function disarm(): Promise<boolean> {
    const before = readKept(file);
    if (standing.mode === 'report' && !before) return false;
    standing.mode = 'report';
    settled.clear();
    for (const id of before?.readOnly ?? []) await diskutil('unmount', id);
    for (const id of new Set([...(before?.unmounted ?? []), ...(before?.readOnly ?? [])])) await diskutil('mount', id);
    kept = { unmounted: [], readOnly: [] };
    removeKept(file);
    return true;
  }

  /** @returns why it was refused, a machine word */
  async function diskutil(...words: string[]): Promise<string | undefined> {
    const said = await tools.run('diskutil', words, { timeoutMilliseconds: longestMilliseconds });
    return said.ok ? undefined : said.error.code;
  }

  async function perform({ do: what, id }: Action): Promise<string | undefined> {
    switch (what) {
      case 'unmount':
        remember('unmounted', id);
        // Without force, an open file would keep a refused stick in use.
        return diskutil('unmount', 'force', id);
      case 'mount read-only':
        remember('readOnly', id);
        await diskutil('unmount', 'force', id);
        return diskutil('mount', 'readOnly', id);
      case 'mount':
        if (kept.readOnly.includes(id)) await diskutil('unmount', id);
        return forgetWhenDone(id, await diskutil('mount', id));
    }
  }

  function remember(what: keyof Kept, id: string): void {
    if (kept[what].includes(id)) return;
    kept = { ...kept, [what]: [...kept[what], id] };
    writeKept(file, kept);
  }

  function forgetWhenDone(id: string, fault: string | undefined): string | undefined {
    if (fault !== undefined) return fault;
    const without = (ids: readonly string[]) => ids.filter((one) => one !== id);
    kept = { unmounted: without(kept.unmounted), readOnly: without(kept.readOnly) };
    writeKept(file, kept);
    return undefined;
  }

  /** Numbers of disks are given anew to what comes later: of what is gone, nothing is to be given back. */
  function forgetGone(attached: readonly Attached[]): void {
    const there = new Set(attached.flatMap(({ volumes }) => volumes.map(({ name }) => name)));
    const still = (ids: readonly string[]) => ids.filter((id) => there.has(id));
    const next = { unmounted: still(kept.unmounted), readOnly: still(kept.readOnly) };
    if (JSON.stringify(next) === JSON.stringify(kept)) return;
    kept = next;
    writeKept(file, kept);
  }

  async function carryOut(ruled: readonly Ruled[]): Promise<Map<string, CarriedOut>> {
    const start = clock.monotonic();
    const before = await look();
    forgetGone(before);
    const plans = ruled.map((one) => ({ one, plan: plan(one, foundFor(one, before), kept) }));
    const faults = new Map<string, string[]>();
    for (const { one, plan } of plans) faults.set(one.key, await attempt(plan.actions));
    const isIdle = plans.every(({ plan }) => plan.actions.length === 0);
    const after = isIdle ? before : await look();
    const results = plans.map(({ one, plan: first }): [string, CarriedOut] => {
      const left = plan(one, foundFor(one, after), kept);
      const said = faults.get(one.key) ?? [];
      const milliseconds = clock.monotonic() - start;
      const undone = undoneBy(one, first);
      if (left.actions.length === 0) settled.set(one.key, signature(one));
      else settled.delete(one.key);
      const volumes = [...left.volumes].map(([name, part]) => [name, outcomeOf(part, said, milliseconds)] as const);
      return [
        one.key,
        {
          outcome: outcomeOf(left, said, milliseconds),
          volumes: new Map(volumes),
          ...(undone !== undefined && { undone }),
        },
      ];
    });
    const keys = new Set(ruled.map(({ key }) => key));
    for (const key of settled.keys()) if (!keys.has(key)) settled.delete(key);
    return new Map(results);
  }

  async function attempt(actions: readonly Action[]): Promise<string[]> {
    const faults: string[] = [];
    for (const action of actions) {
      const fault = await perform(action);
      if (fault === undefined) continue;
      log.warn({ action: action.do, code: fault }, 'enforcement was refused by the system');
      faults.push(fault);
    }
    return faults;
  }

  /** Something that was closed under the same wish is open again. */
  function undoneBy(one: Ruled, { actions }: Plan): string | undefined {
    const closing = actions.filter(({ gives }) => !gives).map((action) => action.do);
    if (closing.length === 0 || settled.get(one.key) !== signature(one)) return undefined;
    return `Taken back by another hand: ${[...new Set(closing)].join(', ')}.`;
  }

  return {
    async setMode(mode) {
      try {
        delete standing.fault;
        if (mode === 'enforce') arm();
        else await disarm();
      } catch (error) {
        standing.fault = errorCode(error);
        log.error({ code: errorCode(error) }, 'enforcement could not be made ready');
      }
    },
    // macOS lets every device in by itself: there is no such door.
    guard: () => Promise.resolve([]),
    // macOS lets a device in before anybody is asked: what it is, its disks have told already.
    identify: () => Promise.resolve(undefined),
    async carryOut(ruled) {
      try {
        // What could not be kept could not be given back: then nothing is changed.
        if (standing.fault !== undefined) throw new PortcullisError(standing.fault, 'Enforcement is not ready.');
        return await carryOut(ruled);
      } catch (error) {
        log.error({ code: errorCode(error) }, 'enforcement failed');
        return new Map(ruled.map(({ key }) => [key, failure(error)]));
      }
    },
    release: disarm,
    coverage: () => enforcementCoverage(standing),
  };
}

/** A serial that turned out to be shared changes the key, and the place it is plugged in does not. */
function foundFor({ device }: Ruled, attached: readonly Attached[]): Attached | undefined {
  return (
    attached.find((one) => deviceKey(one.device) === deviceKey(device)) ??
    attached.find((one) => one.device.port === device.port && one.device.serial === device.serial)
  );
}

/** A volume that came later, such as that of an opened container, was never closed before. */
function signature({ wish, volumes }: Ruled): string {
  return JSON.stringify([wish, [...volumes]]);
}

function failure(error: unknown): CarriedOut {
  const because = `The state of the devices could not be read (${errorCode(error)}).`;
  return { outcome: { state: 'failed', mechanism: 'none', because }, volumes: new Map() };
}
