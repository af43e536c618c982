import type { Platform } from '../platform/platform.ts';
import type { Tampering } from '../policy/ruling.ts';
import type { Memory, Spool } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';

export interface RunHistoryParts {
  spool: Pick<Spool, 'recall'>;
  /** Reads what is on the disk. @returns what of it is not as the agent left it */
  load(): Tampering[];
  policyVersion(): number;
  platform: Pick<Platform, 'os' | 'privileged'>;
  version: string;
  /** Numbers that a spool which is damaged or gone may have held, when there is a new one since. */
  lost: { storedSeq: number; reservedTo: number } | undefined;
  record(changes: readonly Change[], memory?: Memory): void;
}

/** Tells when the agent began and ended, and what it found of the run before. */
export function runHistory({ spool, load, policyVersion, platform, version, lost, record }: RunHistoryParts) {
  return {
    started(): void {
      const tampered = load();
      const changes: Change[] = [startedChange()];
      for (const data of tampered) changes.push({ kind: 'agent.tampered', data });
      if (lost) changes.push(lostChange(lost));
      record(changes, { name: 'run', value: 'running' });
    },
    stopped(because: string): void {
      record([{ kind: 'agent.stopped', data: { because } }], { name: 'run', value: 'stopped' });
    },
  };

  function startedChange(): Change {
    const previous = spool.recall('run');
    const previousRun = previous === undefined ? 'first' : previous === 'stopped' ? 'clean' : 'unclean';
    const { os, privileged } = platform;
    return {
      kind: 'agent.started',
      data: { version, os, privileged, previousRun, policyVersion: policyVersion() },
    };
  }
}

function lostChange({ storedSeq, reservedTo }: { storedSeq: number; reservedTo: number }): Change {
  const data = {
    from: storedSeq + 1,
    to: reservedTo,
    count: reservedTo - storedSeq,
    because: 'spool-damaged' as const,
  };
  return { kind: 'events.lost', data };
}
