import { agentBench } from './agent.ts';
import { connectionsBench } from './connections.ts';
import { consoleBench } from './console.ts';
import type { Bench } from './figures.ts';
import { ingestBench, smallBench, violationsBench } from './ingest.ts';
import { latencyBench } from './latency.ts';
import { reconnectStormBench } from './reconnect-storm.ts';
import { replayBench } from './replay.ts';
import { scanBench } from './scan.ts';
import { spoolBench } from './spool.ts';

/** Every bench there is; add a new one here. */
export const benches: ReadonlyMap<string, Bench> = new Map([
  ['ingest', ingestBench],
  ['ingest-violations', violationsBench],
  ['ingest-small', smallBench],
  ['connections', connectionsBench],
  ['reconnect-storm', reconnectStormBench],
  ['latency', latencyBench],
  ['spool', spoolBench],
  ['agent', agentBench],
  ['replay', replayBench],
  ['console', consoleBench],
  ['scan', scanBench],
]);
