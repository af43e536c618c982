import { expect } from 'vitest';
import { enrolAgent, type TestAgent } from './agent.ts';
import { startTestCollector, type TestCollector } from './collector.ts';
import { findLab } from './lab.ts';
import { type Machine, restoreMachine } from './machine.ts';

/** A computer with the agent on it, and the collector it reports to. */
export interface Scene {
  collector: TestCollector;
  machine: Machine;
  agent: TestAgent;
  /** Waits until the agent has looked at everything once more, so that what it would tell twice it has told twice. */
  checkAgain(): Promise<void>;
  /** The agent still runs, and its log holds no error. */
  expectHealthy(): Promise<void>;
  end(): Promise<void>;
}

/**
 * A fresh machine, an agent that was enrolled by a one-time code and runs, a collector with a store of its own.
 * @param policy what the collector starts with
 */
export async function setScene(...policy: Parameters<typeof startTestCollector>): Promise<Scene> {
  const collector = await startTestCollector(...policy);
  let machine: Machine | undefined;
  try {
    machine = await restoreMachine(findLab(process.env));
    const agent = await enrolAgent(machine, collector);
    await agent.start();
    return sceneOf(collector, machine, agent);
  } catch (error) {
    await machine?.stop();
    await collector.stop();
    throw error;
  }
}

function sceneOf(collector: TestCollector, machine: Machine, agent: TestAgent): Scene {
  return {
    collector,
    machine,
    agent,
    async checkAgain() {
      // A loop device wakes the agent like anything else and is told when it has looked.
      const since = await agent.lastSequence();
      await machine.guest.sh('losetup /dev/loop7 /opt/laboratory/small.img');
      await agent.expectEvents('media.attached', since, ({ data }) => data.device.bus === 'virtual');
      await machine.guest.sh('losetup -d /dev/loop7');
      await agent.expectEvents('media.removed', since, ({ data }) => data.device.bus === 'virtual');
    },
    async expectHealthy() {
      expect(await agent.isRunning()).toBe(true);
      const faults = (await agent.log()).split('\n').filter((line) => /"level":[56]0/.test(line));
      expect(faults).toEqual([]);
    },
    async end() {
      await machine.stop();
      await collector.stop();
    },
  };
}
