import { compareVersions } from '#shared/version.ts';
import type { Store } from '../store/tables.ts';

/** A version of the agent that is to run. */
export interface AgentVersion {
  version: string;
  since: number;
  /** The only system it is for; undefined: all. */
  platform?: string | undefined;
  /** What it brings, in a sentence; empty when nobody said. */
  notes: string;
  /** It takes the place of newer ones. */
  rollBack: boolean;
}

/** What computers are compared with. */
export interface Wanted {
  agents: readonly AgentVersion[];
  /** Published versions, newest first. */
  policies: readonly { version: number; publishedAt: number; reason: string }[];
}

/** How far something lags behind. */
export interface Behind {
  newest: string;
  /** When the first version came that it should have taken: milliseconds since 1970. */
  since: number;
  /** What it does without, newest first. */
  lacks: string[];
}

export interface Drift {
  agent?: Behind;
  policy?: Behind;
}

interface Runs {
  agentVersion: string | null;
  policyVersion: number | null;
  os: string | null;
}

/** What a computer lacks of what is to run. Pure. One that never said what it runs is not compared. */
export function driftOf(runs: Runs, wanted: Wanted): Drift {
  const agent = agentBehind(runs, wanted.agents);
  const policy = policyBehind(runs, wanted.policies);
  return { ...(agent && { agent }), ...(policy && { policy }) };
}

function agentBehind({ agentVersion, os }: Runs, versions: Wanted['agents']): Behind | undefined {
  if (agentVersion === null) return undefined;
  const meant = versions.filter(({ platform }) => platform === undefined || platform === os);
  const newer = meant
    .filter((one) => compareVersions(one.version, agentVersion) > 0 && !isWithdrawn(one, meant))
    .sort((a, b) => compareVersions(b.version, a.version));
  const notes = newer.map(({ version, notes }) => `Version ${version}${notes === '' ? '' : `: ${notes}`}`);
  return behind(newer[0]?.version, newer, notes);
}

/** A way back takes the place of everything newer that was there before it. */
function isWithdrawn({ version, since }: AgentVersion, versions: Wanted['agents']): boolean {
  return versions.some((one) => one.rollBack && one.since >= since && compareVersions(one.version, version) < 0);
}

function policyBehind({ policyVersion }: Runs, policies: Wanted['policies']): Behind | undefined {
  if (policyVersion === null) return undefined;
  const newer = policies.filter(({ version }) => version > policyVersion);
  const lacks = newer.map(({ version, reason }) => `Policy ${version}: ${reason}`);
  return behind(
    newer[0] && String(newer[0].version),
    newer.map(({ publishedAt }) => ({ since: publishedAt })),
    lacks,
  );
}

const mostTold = 10;

function behind(newest: string | undefined, newer: readonly { since: number }[], lacks: string[]): Behind | undefined {
  if (newest === undefined) return undefined;
  return { newest, since: Math.min(...newer.map(({ since }) => since)), lacks: lacks.slice(0, mostTold) };
}

/** What agents are to run: what came with this collector, what releases were added, and the published policies. */
export async function wantedVersions(store: Store): Promise<Wanted> {
  const own = await store.selectFrom('known_versions').selectAll().execute();
  const releases = await store.selectFrom('releases').selectAll().execute();
  const policies = await store
    .selectFrom('policies')
    .select(['version', 'published_at as publishedAt', 'reason'])
    .orderBy('version', 'desc')
    .limit(200)
    .execute();
  return {
    agents: [
      ...own.map(({ version, since }) => ({ version, since, notes: 'it came with this collector', rollBack: false })),
      ...releases.map(({ version, added_at, platform, notes, roll_back }) => ({
        version,
        since: added_at,
        platform,
        notes,
        rollBack: roll_back === 1,
      })),
    ],
    policies,
  };
}

/** A collector brings the agents of its own version with it. The first start with a version counts. */
export async function noteOwnVersion(store: Store, version: string, now: number): Promise<void> {
  await store
    .insertInto('known_versions')
    .values({ version, since: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** How many computers run one pair of versions on one system. */
export interface VersionCount extends Runs {
  computers: number;
}

/** Computers in use by what they run. */
export function versionCounts(store: Store): Promise<VersionCount[]> {
  return store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .groupBy(['agent_version', 'policy_version', 'os'])
    .select(['agent_version as agentVersion', 'policy_version as policyVersion', 'os'])
    .select((build) => build.fn.countAll<number>().as('computers'))
    .execute();
}

/** What a question to the store needs to find those that lag behind. */
export interface Lagging {
  /** Versions of the agent that are too old, each on one system. */
  agents: { version: string; os: string | null }[];
  /** Policies below this are too old; 0: none is. */
  policyBelow: number;
}

/** Pure. */
export function lagging(counts: readonly VersionCount[], wanted: Wanted): Lagging {
  const old = counts.filter((one) => driftOf(one, wanted).agent);
  const agents = new Map(
    old.map(({ agentVersion, os }) => [`${agentVersion} ${os}`, { version: agentVersion ?? '', os }]),
  );
  return { agents: [...agents.values()], policyBelow: wanted.policies[0]?.version ?? 0 };
}
