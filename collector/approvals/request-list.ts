import type { PermissionKind } from '#shared/policy/approvers.ts';
import type { Scope } from '../accounts/roles.ts';
import type { ApprovalRequestsTable, Store } from '../store/tables.ts';

/** Where a request stands; `in-force`, `ahead` and `over` are what the clock makes of a granted one. */
export const requestStages = ['waiting', 'in-force', 'ahead', 'over', 'refused', 'withdrawn'] as const;
export type RequestStage = (typeof requestStages)[number];

export interface RequestRow extends ApprovalRequestsTable {
  stage: RequestStage;
  requester: string;
  decider: string | null;
  hostname: string | null;
}

/** Who looks: all of their organisation, or no more than what they asked for themselves. */
export interface RequestViewer {
  accountId: string;
  scope: Scope;
}

export interface RequestFilter {
  stages?: readonly RequestStage[];
  kind?: PermissionKind | undefined;
}

const mostShown = 500;

/** What waits first and of that the oldest, then the newest; no more than 500. */
export async function listRequests(
  store: Store,
  viewer: RequestViewer,
  { stages, kind }: RequestFilter,
  now: number,
): Promise<RequestRow[]> {
  let query = visibleRequests(store, viewer);
  if (kind) query = query.where('approval_requests.kind', '=', kind);
  const rows = await query.orderBy('approval_requests.id', 'desc').limit(mostShown).execute();
  const found = rows.map((row) => ({ ...row, stage: stageOf(row, now) }));
  const wanted = found.filter(({ stage }) => stages === undefined || stages.includes(stage));
  return [...wanted.filter(isWaiting).reverse(), ...wanted.filter((row) => !isWaiting(row))];
}

const isWaiting = ({ stage }: { stage: RequestStage }) => stage === 'waiting';

/** How many requests stand where, for this viewer. */
export async function requestCounts(
  store: Store,
  viewer: RequestViewer,
  now: number,
): Promise<Record<RequestStage, number>> {
  const counts = { waiting: 0, 'in-force': 0, ahead: 0, over: 0, refused: 0, withdrawn: 0 };
  for (const row of await visibleRequests(store, viewer).execute()) counts[stageOf(row, now)] += 1;
  return counts;
}

/** Undefined when there is none, and as much so when it is one that this person may not see. */
export async function requestById(
  store: Store,
  viewer: RequestViewer,
  id: string,
  now: number,
): Promise<RequestRow | undefined> {
  const row = await visibleRequests(store, viewer).where('approval_requests.id', '=', id).executeTakeFirst();
  return row && { ...row, stage: stageOf(row, now) };
}

function visibleRequests(store: Store, { accountId, scope: { organisations, teams } }: RequestViewer) {
  let query = store
    .selectFrom('approval_requests')
    .innerJoin('accounts as requester', 'requester.id', 'approval_requests.requester_id')
    .leftJoin('accounts as decider', 'decider.id', 'approval_requests.decider_id')
    .leftJoin('computers', (join) =>
      join.on((build) =>
        build(
          'computers.id',
          '=',
          build.fn<string>('json_extract', ['approval_requests.document', build.val('$.computerId')]),
        ),
      ),
    )
    .selectAll('approval_requests')
    .select(['requester.display_name as requester', 'decider.display_name as decider', 'computers.hostname']);
  if (organisations !== 'all') query = query.where('approval_requests.organisation', 'in', [...organisations]);
  if (teams !== 'all') query = query.where('approval_requests.requester_id', '=', accountId);
  return query;
}

/** Pure. */
function stageOf({ state, from_at, to_at }: ApprovalRequestsTable, now: number): RequestStage {
  if (state !== 'granted') return state;
  if (now < from_at) return 'ahead';
  return now < to_at ? 'in-force' : 'over';
}
