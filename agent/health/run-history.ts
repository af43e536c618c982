import type { Stopper } from '#shared/events/agent.ts';
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
  /** Events were waiting in a spool that is no more there. */
  spoolGone: boolean;
  record(changes: readonly Change[], memory?: Memory): void;
}

/** Tells when the agent began and ended, and what it found of the run before. */
export function runHistory({
  spool,
  load,
  policyVersion,
  platform,
  version,
  lost,
  spoolGone,
  record,
}: RunHistoryParts) {
  return {
    started(): void {
      const tampered = load();
      const changes: Change[] = [startedChange()];
      for (const data of tampered) changes.push({ kind: 'agent.tampered', data });
      if (spoolGone) changes.push(goneChange);
      if (lost) changes.push(lostChange(lost));
      record(changes, { name: 'run', value: 'running' });
    },
    stopped(because: string, by: Stopper): void {
      const stop: Change = { kind: 'agent.stopped', data: { because, by } };
      record(by === 'hand' ? [stop, byHand(because)] : [stop], { name: 'run', value: 'stopped' });
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

const goneChange: Change = {
  kind: 'agent.tampered',
  data: { what: 'spool', because: 'The store of unsent events was taken away while the agent did not run.' },
};

function byHand(because: string): Change {
  const says = `The service was told to stop (${because}), and no package, update or shutdown asked for it.`;
  return { kind: 'agent.tampered', data: { what: 'service', because: says.slice(0, 250) } };
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
