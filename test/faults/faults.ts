import type { Fault } from './fault.ts';
import { alteredSpool } from './kinds/altered-spool.ts';
import { certificateChange } from './kinds/certificate-change.ts';
import { clockJumps } from './kinds/clock-jumps.ts';
import { clonedAgent } from './kinds/cloned-agent.ts';
import { collectorAway } from './kinds/collector-away.ts';
import { corruptSpool } from './kinds/corrupt-spool.ts';
import { corruptStore } from './kinds/corrupt-store.ts';
import { daylightSaving } from './kinds/daylight-saving.ts';
import { descriptors } from './kinds/descriptors.ts';
import { diskFullLogs } from './kinds/disk-full-logs.ts';
import { diskFullSpool } from './kinds/disk-full-spool.ts';
import { diskFullStore } from './kinds/disk-full-store.ts';
import { duplicateAgent } from './kinds/duplicate-agent.ts';
import { failingDiskSpool } from './kinds/failing-disk-spool.ts';
import { failingDiskStore } from './kinds/failing-disk-store.ts';
import { flood } from './kinds/flood.ts';
import { killAgent } from './kinds/kill-agent.ts';
import { killBoth } from './kinds/kill-both.ts';
import { killCollector } from './kinds/kill-collector.ts';
import { leapDay } from './kinds/leap-day.ts';
import { mail } from './kinds/mail.ts';
import { memory } from './kinds/memory.ts';
import { networkBlackHole } from './kinds/network-black-hole.ts';
import { networkCut } from './kinds/network-cut.ts';
import { networkDelay } from './kinds/network-delay.ts';
import { networkDrop } from './kinds/network-drop.ts';
import { networkHalfOpen } from './kinds/network-half-open.ts';
import { networkReorder } from './kinds/network-reorder.ts';
import { slowReader } from './kinds/slow-reader.ts';
import { slowWriter } from './kinds/slow-writer.ts';
import { tornWritesSpool } from './kinds/torn-writes-spool.ts';
import { tornWritesStore } from './kinds/torn-writes-store.ts';

/** All faults, in the order in which they take turns. */
export const faults: readonly Fault[] = [
  killAgent,
  killCollector,
  killBoth,
  tornWritesSpool,
  tornWritesStore,
  failingDiskSpool,
  failingDiskStore,
  diskFullSpool,
  diskFullStore,
  diskFullLogs,
  corruptSpool,
  alteredSpool,
  corruptStore,
  clockJumps,
  leapDay,
  daylightSaving,
  networkDrop,
  networkDelay,
  networkReorder,
  networkHalfOpen,
  networkBlackHole,
  networkCut,
  slowReader,
  slowWriter,
  certificateChange,
  collectorAway,
  duplicateAgent,
  clonedAgent,
  flood,
  descriptors,
  memory,
  mail,
];
