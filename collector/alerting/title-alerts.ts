import { isoTime } from '#shared/clock.ts';
import type { Software } from '#shared/events/software.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Store } from '../store/tables.ts';
import { type AlertsWithin, fitting } from './alert-filter.ts';
import { alertRules } from './rules.ts';

/** Why nobody should have a title any more. */
export type AgainstTitle = 'disallowed' | 'tolerance-over' | 'unsupported';

export interface TitleAlerts {
  /** What alerts of this title have in common on all computers: `alerts.same_key`. */
  sameAs: string;
  /** Not closed. */
  open: number;
}

/** The alerts that the policy raises where a title stays installed; undefined when it raises none. */
export async function titleAlerts(
  store: Store,
  policy: Policy,
  { source, name }: Pick<Software, 'source' | 'name'>,
  { because, within, now }: { because: AgainstTitle; within: AlertsWithin; now: number },
): Promise<TitleAlerts | undefined> {
  const [finding] = alertRules(policy)({
    ...{ seq: 1, at: isoTime(now), bootId: '', uptimeMs: 0, kind: 'software.decided' },
    data: { software: { source, name, version: '' }, approval: 'unapproved', because },
  });
  if (!finding) return undefined;
  const { open } = await fitting(store, { within, sameAs: finding.group, states: ['open', 'acknowledged'] })
    .select((build) => build.fn.countAll<number>().as('open'))
    .executeTakeFirstOrThrow();
  return { sameAs: finding.group, open };
}
