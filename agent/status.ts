import Database from 'better-sqlite3';
import { pino } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { EnforcementContext } from './enforcement/enforcement.ts';
import { readStatusFile, type StatusFile } from './health/status-file.ts';
import type { AgentHome } from './home.ts';
import type { Identity } from './identity.ts';
import type { Platform } from './platform/platform.ts';
import { type SpoolFigures, spoolFigures } from './spool/spool.ts';
import type { Connection } from './uplink/uplink.ts';
import { allWatchers } from './watchers/all.ts';

export type AgentStatus = { running: boolean; computerId: string; spool: SpoolFigures | null } & Partial<StatusFile>;

/** What can be known of this computer's agent without asking it. */
export function statusOf(home: AgentHome, identity: Identity): AgentStatus {
  const said = readStatusFile(home.status);
  return {
    ...said,
    running: said !== undefined && isAlive(said.pid),
    computerId: identity.computerId,
    spool: readSpool(home),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function readSpool(home: AgentHome): SpoolFigures | null {
  let database: Database.Database | undefined;
  try {
    database = new Database(home.spool, { readonly: true, fileMustExist: true });
    return spoolFigures(database);
  } catch {
    return null;
  } finally {
    database?.close();
  }
}

export function statusText(status: AgentStatus, now: number): string {
  const { running, connection, spool, conditions = [], policyVersion, inspection } = status;
  const behind = spool?.oldest === undefined ? '' : `, the oldest from ${age(now - Date.parse(spool.oldest))} ago`;
  return [
    running ? `The agent is running (process ${status.pid}).` : 'The agent is not running.',
    connection && running ? `Collector: ${status.collector}, ${connectionText(connection)}.` : undefined,
    spool
      ? `${spool.events} events wait for the collector${behind}; ${spool.headSeq} recorded, ${spool.storedSeq} acknowledged.`
      : 'There is no spool yet.',
    policyVersion === undefined ? undefined : `Policy version ${policyVersion}.`,
    running && inspection && inspection.files > 0
      ? `${inspection.files} files (${Math.ceil(inspection.bytes / 1e6)} MB) wait to be looked into.`
      : undefined,
    conditions.length > 0 ? `Conditions: ${conditions.join(', ')}.` : 'No condition is raised.',
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

function connectionText({ state, since, because }: Connection): string {
  const words = { connected: 'connected', waiting: 'not connected', refused: 'refused' }[state];
  return `${words} since ${since}${because === undefined || state === 'connected' ? '' : ` (${because})`}`;
}

function age(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 2) return `${Math.max(0, Math.round(milliseconds / 1000))} seconds`;
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

/** Coverage as the running agent tells it; with none running, found out by starting and stopping the watchers. */
export async function coverageNow(home: AgentHome, platform: Platform, clock: Clock): Promise<Coverage[]> {
  const said = readStatusFile(home.status);
  return said && isAlive(said.pid) ? said.coverage : lookOnce(platform, clock);
}

/** Starts and stops the watchers; what they see goes nowhere. */
export async function lookOnce(platform: Platform, clock: Clock): Promise<Coverage[]> {
  const watchers = allWatchers({
    platform,
    clock,
    log: pino({ enabled: false }),
    policy: () => null,
    standing: () => null,
    record: () => undefined,
    recall: () => undefined,
    coverageChanged: () => undefined,
    alsoCovered: () => enforcementCoverageNow(platform, clock),
  });
  await watchers.start();
  const coverage = watchers.coverage();
  await watchers.stop();
  return coverage;
}

/** What could be enforced; asking changes nothing. */
function enforcementCoverageNow({ enforcement }: Platform, clock: Clock): Coverage[] {
  if (typeof enforcement === 'function') return enforcement(silently(clock)).coverage();
  const how = enforcement.unsupported;
  return [{ watcher: 'enforcement', area: 'all devices', state: 'unsupported', how, limits: [] }];
}

function silently(clock: Clock): EnforcementContext {
  return { clock, log: pino({ enabled: false }), ownPaths: [] };
}

/** For an agent that died while it enforced, and will not run again. @returns whether there was anything to restore */
export async function releaseNow({ enforcement }: Platform, clock: Clock): Promise<boolean> {
  if (typeof enforcement !== 'function') throw new PortcullisError('unsupported', enforcement.unsupported);
  return enforcement(silently(clock)).release();
}

export function coverageText(coverage: Coverage[]): string {
  return coverage
    .map(({ watcher, area, state, how, limits }) =>
      [`${watcher} / ${area}: ${state} — ${how}`, ...limits.map((limit) => `    ${limit}`)].join('\n'),
    )
    .join('\n');
}
