import type { Fault } from './fault.ts';
import { killAgent } from './kinds/kill-agent.ts';
import { killCollector } from './kinds/kill-collector.ts';

/** All faults, in the order in which they take turns. */
export const faults: readonly Fault[] = [killAgent, killCollector];
