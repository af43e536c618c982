import { agentBench } from './agent.ts';
import { consoleBench } from './console.ts';
import type { Bench } from './figures.ts';
import { ingestBench, smallBench, violationsBench } from './ingest.ts';
import { replayBench } from './replay.ts';
import { scanBench } from './scan.ts';

/** Every bench there is; add a new one here. */
export const benches: ReadonlyMap<string, Bench> = new Map([
  ['ingest', ingestBench],
  ['ingest-violations', violationsBench],
  ['ingest-small', smallBench],
  ['agent', agentBench],
  ['replay', replayBench],
  ['console', consoleBench],
  ['scan', scanBench],
]);
