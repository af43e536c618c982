import { constants } from 'node:os';
import type { Clock } from '#shared/clock.ts';
import type { Platform } from '../../platform/platform.ts';
import type { DetectorOptions } from '../detector/detector.ts';
import { defaultLimits, type Limits } from '../extraction/budget.ts';
import { Unread } from '../extraction/unread.ts';
import type { Inspector } from '../inspector.ts';
import { type ChildLimits, startChild } from './child.ts';
import { CpuShare } from './cpu-share.ts';
import { Lane } from './lane.ts';
import { notInspected } from './not-inspected.ts';

export interface InspectorOptions {
  os: Platform['os'];
  clock: Clock;
  /** Asked for each file, because the policy may change. */
  detector: () => DetectorOptions;
  /** Share of one processor, above 0 and at most 1. */
  cpuShare: () => number;
  limits?: Limits;
  /** Longest time of work on one file by the clock, without the rests. */
  milliseconds?: number;
  /** After so long without work the reading process ends. */
  idleMilliseconds?: number;
  child?: Partial<ChildLimits>;
}

const mebibyte = 1024 * 1024;
const defaults = {
  limits: defaultLimits,
  milliseconds: 60_000,
  idleMilliseconds: 5_000,
  child: { memoryBytes: 768 * mebibyte, cpuSeconds: 600, polite: true },
};

/**
 * Two lanes share the processor time: `soon` never waits for a file of `whenever`. Each has a reading process of its own,
 * started with the first file and ended when there is none, so that an idle agent has none.
 */
export function createInspector(options: InspectorOptions): Inspector {
  const settings = { ...defaults, ...options, child: { ...defaults.child, ...options.child } };
  const stopping = new AbortController();
  const share = new CpuShare(settings.cpuShare, stopping.signal);
  const makeLane = (niceness: number, giveWay: () => Promise<void>) =>
    new Lane({ ...settings, start: () => startChild(settings.os, settings.child, niceness), share, giveWay });
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  // A verdict that is waited for must come on a busy computer, too; the share keeps it small.
  const soon = makeLane(PRIORITY_BELOW_NORMAL, () => Promise.resolve());
  const lanes = { soon, whenever: makeLane(PRIORITY_LOW, () => soon.idle()) };
  return {
    inspect(request) {
      if (stopping.signal.aborted) return Promise.resolve(notInspected(new Unread('failed', 'The agent is stopping.')));
      return lanes[request.urgency].inspect(request);
    },
    backlog() {
      const [one, other] = [lanes.soon.backlog(), lanes.whenever.backlog()];
      return { files: one.files + other.files, bytes: one.bytes + other.bytes };
    },
    async close() {
      stopping.abort();
      await Promise.all([lanes.soon.close(), lanes.whenever.close()]);
    },
  };
}
