import type { Clock } from '#shared/clock.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { Backlog } from '../identifiers/inspections.ts';
import type { PolicyInForce } from '../policy/keeper.ts';
import type { Spool, SpoolBounds } from '../spool/spool.ts';
import type { Conditions } from './conditions.ts';

const nearlyFull = 0.8;
/** A verdict that takes longer is late: a person may have left with the medium by then, in milliseconds. */
const tooLong = 60_000;

export interface HealthParts {
  conditions: Conditions;
  clock: Clock;
  spool: Spool;
  bounds: SpoolBounds;
  policy(): PolicyInForce | null;
  coverage(): Coverage[];
  backlog(): Backlog;
}

/** Looks at everything that can be wrong and says so. Called at each change that may matter and now and then. */
export function checkHealth({ conditions, clock, spool, bounds, policy, coverage, backlog }: HealthParts): void {
  const share = spool.figures().bytes / bounds.bytes;
  conditions.set(
    'spool-nearly-full',
    share >= nearlyFull,
    `${Math.round(share * 100)} % of the bytes allowed are in use.`,
  );

  const current = policy();
  conditions.set('policy-missing', current === null, current ? 'A policy is in force.' : 'No policy has arrived yet.');
  const expired = current?.expiresAt !== undefined && current.expiresAt <= clock.now();
  conditions.set(
    'policy-expired',
    expired,
    expired ? 'The policy has expired and stays in force until a new one arrives.' : 'The policy has not expired.',
  );

  const failed = coverage().filter(({ state }) => state === 'failed');
  const names = [...new Set(failed.map(({ watcher }) => watcher))].join(', ');
  conditions.set(
    'watcher-failed',
    failed.length > 0,
    failed.length > 0 ? `Cannot look: ${names}.` : 'Every watcher can look again.',
  );

  const { files, longestMilliseconds } = backlog();
  const minutes = Math.round(longestMilliseconds / 60_000);
  conditions.set(
    'inspection-behind',
    longestMilliseconds > tooLong,
    longestMilliseconds > tooLong
      ? `${files} files wait to be looked into, the longest for ${minutes} minutes.`
      : 'Files are looked into in time again.',
  );
}
