import { type Behind, driftOf, type VersionCount, type Wanted } from '../register/versions.ts';
import type { Tag } from './severity.ts';
import { counted, duration } from './words.ts';

interface VersionRow {
  version: string;
  computers: number;
  href?: string;
  state: Tag;
  since?: string;
  lacks: readonly string[];
}

/** What computers run, for the page that tells how all is doing. Pure. */
export function versionsView(counts: readonly VersionCount[], wanted: Wanted, now: number) {
  const agents = rowsBy(counts, (one) => [one.agentVersion, one.os].filter(Boolean).join(', '), {
    behind: (one) => driftOf(one, wanted).agent,
    href: ({ agentVersion }) =>
      agentVersion === null ? undefined : `/computers?agent=${encodeURIComponent(agentVersion)}`,
    now,
  });
  const policies = rowsBy(counts, ({ policyVersion }) => (policyVersion === null ? '' : String(policyVersion)), {
    behind: (one) => driftOf(one, wanted).policy,
    href: ({ policyVersion }) => (policyVersion === null ? undefined : `/computers?policy=${policyVersion}`),
    now,
  });
  const tables = [
    { caption: 'Agents', noun: 'agent', rows: agents },
    { caption: 'Policies', noun: 'policy', rows: policies },
  ];
  return { check: versionCheck(counts, wanted, now), tables: counts.length > 0 ? tables : [] };
}

interface RowParts {
  behind(one: VersionCount): Behind | undefined;
  href(one: VersionCount): string | undefined;
  now: number;
}

function rowsBy(counts: readonly VersionCount[], name: (one: VersionCount) => string, parts: RowParts): VersionRow[] {
  const groups = Map.groupBy(counts, name);
  const rows = [...groups].map(([version, members]): VersionRow => {
    const [first] = members;
    const behind = first && parts.behind(first);
    const href = first && parts.href(first);
    return {
      version: version === '' ? 'Not known' : version,
      computers: members.reduce((sum, { computers }) => sum + computers, 0),
      ...(href !== undefined && { href }),
      state: behind
        ? { text: 'Behind', colour: 'orange' }
        : { text: version === '' ? 'Not known' : 'Current', colour: version === '' ? 'yellow' : 'green' },
      ...(behind && { since: duration(Math.max(0, parts.now - behind.since)) }),
      lacks: behind?.lacks ?? [],
    };
  });
  return rows.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}

/** A policy is there within seconds and an agent within a day, where a computer is connected. */
const patience = 24 * 3_600_000;

function versionCheck(counts: readonly VersionCount[], wanted: Wanted, now: number) {
  const drifts = counts.map((one) => ({ computers: one.computers, drift: driftOf(one, wanted) }));
  const sum = (some: typeof drifts) => some.reduce((total, { computers }) => total + computers, 0);
  const agents = sum(drifts.filter(({ drift }) => drift.agent));
  const policies = sum(drifts.filter(({ drift }) => drift.policy));
  const longest = drifts.flatMap(({ drift }) =>
    [drift.agent, drift.policy].flatMap((one) => (one ? [now - one.since] : [])),
  );
  const oldest = Math.max(0, ...longest);
  const words = `${counted(agents, 'computer')} with an older agent, ${policies} with an older policy.`;
  const says = longest.length === 0 ? words : `${words} The longest for ${duration(oldest)}.`;
  if (longest.length === 0) return { what: 'Versions', state: { text: 'Good', colour: 'green' }, says };
  const colour = oldest > patience ? 'orange' : 'yellow';
  return { what: 'Versions', state: { text: 'Some are behind', colour }, says };
}
