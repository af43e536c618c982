import type { ConditionName } from '#shared/events/agent.ts';
import type { ChangeOf } from '../watchers/watcher.ts';

/** The declared conditions of this agent: each raised or not, each change an event. */
export interface Conditions {
  /** Says whether a condition holds now. Only a change is recorded. */
  set(condition: ConditionName, raised: boolean, because: string): void;
  raised(): ConditionName[];
}

export function conditions(record: (change: ChangeOf<'agent.condition-changed'>) => void): Conditions {
  const standing = new Set<ConditionName>();
  return {
    raised: () => [...standing],
    set(condition, raised, because) {
      if (standing.has(condition) === raised) return;
      const put = (on: boolean) => (on ? standing.add(condition) : standing.delete(condition));
      put(raised);
      try {
        record({ kind: 'agent.condition-changed', data: { condition, raised, because } });
      } catch (error) {
        // Not on the disk, so not told: the next look says it again.
        put(!raised);
        throw error;
      }
    },
  };
}
