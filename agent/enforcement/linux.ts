import { errorCode } from '#shared/errors.ts';
import { isPrivate } from '../platform/private-mounts.linux.ts';
import { type LinuxRoots, linuxRoots } from '../platform/sysfs.linux.ts';
import { enforcementCoverage, type Standing } from './coverage.linux.ts';
import { closeDoors } from './doors.linux.ts';
import type { CarriedOut, Enforcement, EnforcementContext, EnforcementFactory, Ruled } from './enforcement.ts';
import { outside, readFacts, type SystemFacts, type UsbState } from './facts.linux.ts';
import { type AskInterface, identifier, putBack } from './identify.linux.ts';
import { isBulkOnly, isUas } from './interfaces.ts';
import { type Kept, readKept, writeKept } from './kept.linux.ts';
import { outcomeOf } from './outcome.ts';
import { type Hands, perform, use } from './perform.linux.ts';
import type { Action, Circumstance, Plan } from './plan.linux.ts';
import { plan } from './planner.linux.ts';
import { reflexThread } from './reflex-threads.linux.ts';
import { firstKept, markPresent, releaseAll } from './release.linux.ts';
import { systemTools, type Tools } from './tools.linux.ts';
import { hasUdev, installRules } from './udev.linux.ts';
import { type Writer, writeAttribute } from './writer.linux.ts';

export interface LinuxParts {
  roots?: LinuxRoots;
  tools?: Tools;
  write?: Writer;
  ask?: AskInterface;
}

/** Cutting off a busy disk and taking it back read-only are two rounds; one more to see that it is done. */
const mostRounds = 4;

/** Enforcement by authorisation of USB devices, drivers of memory cards, read-only flags and mount options. Needs root. */
export function enforceOnLinux(parts: LinuxParts = {}): EnforcementFactory {
  return (context) => linuxEnforcement(parts, context);
}

function linuxEnforcement(parts: LinuxParts, { clock, log, ownPaths }: EnforcementContext): Enforcement {
  const { roots = linuxRoots, tools = systemTools(), write = writeAttribute } = parts;
  const hands: Hands = {
    roots,
    tools,
    write,
    kept: emptyKept(),
    keep: () => writeKept(roots.run, hands.kept),
    busy: new Set(),
    ejected: new Set(),
    detached: new Set(),
  };
  const identify = identifier({ roots, write, ...(parts.ask && { ask: parts.ask }) });
  const reflex = reflexThread({ roots, log });
  const settled = new Map<string, string>();
  const standing: Standing = { mode: 'report', stuck: [], hasUdev: hasUdev(roots.run) };
  const read = () => readFacts({ roots, ownPaths, kept: hands.kept, detached: hands.detached });

  /** Doors that were found open when enforcement began again. */
  let untold: string[] = [];

  async function arm(): Promise<void> {
    const before = readKept(roots.run);
    hands.kept = before ?? firstKept(roots.sys);
    hands.keep();
    const facts = read();
    if (before) await putBack(roots, write);
    else markPresent(facts, roots);
    // What a run that died was looking at.
    const looking = facts.mounts.filter((mount) => isPrivate(mount, roots.run));
    for (const { mountPoint } of looking) await use('umount', ['--lazy', mountPoint], hands);
    await installRules(roots, tools);
    await reflex.start();
    standing.mode = 'enforce';
    untold = await shut();
  }

  async function shut(): Promise<string[]> {
    const { undone, stuck } = await closeDoors(roots.sys, hands.kept, hands.keep, write);
    standing.stuck = stuck;
    standing.hasUdev = hasUdev(roots.run);
    return undone.map((door) => `New devices were let in without a decision (${door}); closed again.`);
  }

  async function disarm(): Promise<boolean> {
    const before = readKept(roots.run);
    if (standing.mode === 'report' && !before) return false;
    hands.kept = before ?? hands.kept;
    standing.mode = 'report';
    settled.clear();
    reflex.stop();
    await releaseAll(hands);
    hands.kept = emptyKept();
    return true;
  }

  /** Rounds of plan and deed until nothing is left or nothing helps. */
  async function work(ruled: readonly Ruled[], first: SystemFacts): Promise<Done> {
    let facts = first;
    const faults = new Map<string, string[]>();
    const fresh = new Set<string>();
    /** Made with the facts as they are now. */
    const plans = new Map<string, Plan>();
    const circumstance: Circumstance = { all: ruled, fresh, busy: hands.busy, ejected: hands.ejected };
    for (let round = 0; round < mostRounds; round++) {
      let isIdle = true;
      for (const one of [...ruled].sort(byUrgency)) {
        const next = plan(one, facts, circumstance);
        const { actions } = next;
        plans.set(one.key, next);
        if (actions.length === 0) continue;
        const said = await doAll(actions, facts);
        faults.set(one.key, said);
        for (const action of actions) if (action.do === 'authorise') fresh.add(action.port);
        if (said.length < actions.length) isIdle = false;
        facts = read();
        plans.clear();
      }
      if (isIdle) break;
    }
    return { facts, faults, plans, circumstance };
  }

  async function doAll(actions: readonly Action[], facts: SystemFacts): Promise<string[]> {
    const faults: string[] = [];
    for (const action of actions) {
      const fault = await perform(action, facts, hands);
      if (fault === undefined) continue;
      faults.push(fault);
      log.warn({ action: action.do, code: fault }, 'enforcement was refused by the system');
    }
    return faults;
  }

  function undoneBy(one: Ruled, facts: SystemFacts, idle: Circumstance): string | undefined {
    const before = settled.get(one.key);
    if (before === undefined || before !== signature(one, facts)) return undefined;
    const taken = plan(one, facts, idle).actions.filter((action) => wasTakenBack(action, hands.kept));
    return taken.length > 0
      ? `Taken back by another hand: ${[...new Set(taken.map((one) => one.do))].join(', ')}.`
      : undefined;
  }

  async function carryOut(ruled: readonly Ruled[]): Promise<Map<string, CarriedOut>> {
    const start = clock.monotonic();
    const first = read();
    const idle: Circumstance = { all: ruled, fresh: new Set(), busy: hands.busy, ejected: hands.ejected };
    const undone = new Map(ruled.map((one) => [one.key, undoneBy(one, first, idle)]));
    const { facts, faults, plans, circumstance } = await work(ruled, first);
    const results = ruled.map((one): [string, CarriedOut] => {
      const after = plans.get(one.key) ?? plan(one, facts, circumstance);
      const result = resultOf(after, faults.get(one.key) ?? [], clock.monotonic() - start);
      if (after.actions.length === 0) settled.set(one.key, signature(one, facts));
      else settled.delete(one.key);
      const because = undone.get(one.key);
      return [one.key, because === undefined ? result : { ...result, undone: because }];
    });
    forget(new Set(ruled.map(({ key }) => key)), facts);
    return new Map(results);
  }

  function fail(error: unknown): void {
    standing.fault = errorCode(error);
    log.error({ code: errorCode(error) }, 'enforcement could not be made ready');
  }

  /** Disks and mounts are not even read where there is nothing to forget of them. */
  function forget(keys: ReadonlySet<string>, facts: SystemFacts): void {
    for (const key of settled.keys()) if (!keys.has(key)) settled.delete(key);
    for (const name of hands.detached) if (!facts.blocks.has(name)) hands.detached.delete(name);
    const isGone = (name: string) => !facts.blocks.has(name);
    if (hands.kept.readOnly.some(isGone)) {
      hands.kept.readOnly = hands.kept.readOnly.filter((name) => !isGone(name));
      hands.keep();
    }
    const isMounted = (place: string) => facts.mounts.some(({ mountPoint }) => mountPoint === place);
    for (const place of hands.busy) if (!isMounted(place)) hands.busy.delete(place);
  }

  return {
    async setMode(mode) {
      if (mode === 'enforce' && standing.mode === 'enforce') return;
      try {
        delete standing.fault;
        if (mode === 'enforce') await arm();
        else await disarm();
      } catch (error) {
        fail(error);
      }
    },
    async guard() {
      if (standing.mode === 'report') return [];
      try {
        const undone = [...untold, ...(await shut())];
        untold = [];
        delete standing.fault;
        return undone;
      } catch (error) {
        fail(error);
        return [];
      }
    },
    async identify({ port = '', interfaces }) {
      if (standing.mode !== 'enforce' || hands.kept.foreign.includes(port)) return undefined;
      // Not even configured for nothing.
      if (!interfaces.some((triple) => isBulkOnly(triple) || isUas(triple))) return undefined;
      return identify(port);
    },
    async carryOut(ruled) {
      try {
        return await carryOut(ruled);
      } catch (error) {
        log.error({ code: errorCode(error) }, 'enforcement failed');
        return new Map(ruled.map(({ key }) => [key, failure(error)]));
      }
    },
    rehearse(ruled) {
      if (standing.mode === 'report') return undefined;
      // As if it stood at the door; all else is as it is.
      const facts: SystemFacts = Object.create(read(), { usb: { value: { get: () => waiting } } });
      const idle = { all: [ruled], fresh: new Set<string>(), busy: hands.busy, ejected: hands.ejected };
      signature(ruled, facts);
      return resultOf(plan(ruled, facts, idle), [], 0);
    },
    release: disarm,
    coverage: () => enforcementCoverage(roots, standing),
  };
}

const waiting: UsbState = { number: '0', ...outside };

interface Done {
  facts: SystemFacts;
  faults: ReadonlyMap<string, string[]>;
  /** Of those for which nothing was left to do when they were last looked at, by key. */
  plans: ReadonlyMap<string, Plan>;
  circumstance: Circumstance;
}

function emptyKept(): Kept {
  return { doors: {}, foreign: [], readOnly: [], nodes: {} };
}

function resultOf(after: Plan, faults: readonly string[], milliseconds: number): CarriedOut {
  const outcome = (part: Omit<Plan, 'volumes'>) => outcomeOf(part, faults, milliseconds);
  return { outcome: outcome(after), volumes: new Map([...after.volumes].map(([name, part]) => [name, outcome(part)])) };
}

/** A keyboard waits for its turn, and a person for the keyboard. */
function byUrgency(one: Ruled, other: Ruled): number {
  return urgency(one) - urgency(other);
}

function urgency({ device, wish }: Ruled): number {
  if (['hid', 'hub', 'smartcard'].includes(device.class)) return 0;
  return wish.access === 'full' && wish.execute ? 1 : 2;
}

/** Tells one visit of a device, under one wish, from another. */
function signature({ device, wish, volumes }: Ruled, { usb }: SystemFacts): string {
  return JSON.stringify([usb.get(device.port ?? '')?.number, wish, [...volumes]]);
}

/** What people do with media in the ordinary course, such as mounting them, is not taken for it. */
function wasTakenBack(action: Action, kept: Kept): boolean {
  if (action.do === 'read-only') return kept.readOnly.includes(action.name);
  return ['unauthorise', 'close-interfaces', 'unbind-card'].includes(action.do);
}

function failure(error: unknown): CarriedOut {
  const because = `The state of the devices could not be read (${errorCode(error)}).`;
  return { outcome: { state: 'failed', mechanism: 'none', because }, volumes: new Map() };
}
