import { existsSync } from 'node:fs';
import { errorMessage, PortcullisError } from '#shared/errors.ts';
import { check } from './checker.ts';
import type { Allowed, Fault } from './fault.ts';
import { type Ground, type GroundParts, makeGround } from './ground.ts';

/** What came of one fault with one seed. */
export interface Tried {
  fault: string;
  seed: number;
  milliseconds: number;
  /** Events stored and waiting at the end, over all agents: that little happened should be seen. */
  events: number;
  /** Empty: all holds. */
  wrong: string[];
  /** The last lines of the logs, where something is wrong. */
  logs?: string[];
}

/** Does a fault to programs of its own, mends it, waits until all is delivered, stops them and lets the checker look. */
export async function tryFault(fault: Fault, parts: GroundParts): Promise<Tried> {
  const began = performance.now();
  await using ground = await makeGround(parts);
  const wrong: string[] = [];
  try {
    const allowed = await fault.run(ground);
    await comeToRest(ground);
    wrong.push(...accidents(ground, allowed), ...(await check(ground, allowed)));
  } catch (error) {
    wrong.push(error instanceof PortcullisError ? error.message : `${errorMessage(error)} ${stackOf(error)}`);
  }
  const events = ground.agents.reduce((sum, agent) => sum + (agent.spool()?.headSeq ?? 0), 0);
  const milliseconds = Math.round(performance.now() - began);
  const told = { fault: fault.name, seed: parts.seed, milliseconds, events, wrong };
  return wrong.length === 0 ? told : { ...told, logs: logsOf(ground) };
}

async function comeToRest({ collector, agents, network, until }: Ground): Promise<void> {
  network.mend({ leave: true });
  if (!collector.program.running()) await collector.start();
  for (const agent of agents.filter(({ home }) => existsSync(home.spool))) {
    agent.quieten();
    if (!agent.program.running()) agent.start(0);
    agent.quieten();
    await until('a spool is empty', () => agent.spool()?.events === 0);
    await agent.program.end('SIGTERM');
  }
  await collector.program.end('SIGTERM');
}

function accidents({ collector, agents }: Ground, allowed: Allowed): string[] {
  return allowed.accidents ? [] : [collector, ...agents].flatMap(({ program }) => program.accidents());
}

function logsOf({ collector, agents }: Ground): string[] {
  return [collector, ...agents].map((one) => one.log().split('\n').slice(-8).join('\n')).filter(Boolean);
}

function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack?.split('\n').slice(1, 4).join(' ')) || '';
}
