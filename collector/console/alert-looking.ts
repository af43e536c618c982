import type { FastifyRequest } from 'fastify';
import { isUsable, listAccounts } from '../accounts/accounts.ts';
import { wasRecorded } from '../accounts/audit.ts';
import { isRole } from '../accounts/roles.ts';
import { scopeOf } from '../accounts/scope.ts';
import type { AlertsWithin } from '../alerting/alert-filter.ts';
import { mayUse } from './access.ts';
import type { AlertQuery, Looking } from './alert-query.ts';
import type { ConsoleContext } from './layout.ts';
import { visitOf } from './visit.ts';

/** Who looks at alerts, when, and whose alerts they may see. */
export async function lookingAt(context: ConsoleContext, request: FastifyRequest): Promise<Looking> {
  const { account } = visitOf(request);
  return { now: context.clock.now(), accountId: account.id, within: await alertsWithin(context, request) };
}

export async function alertsWithin(
  { store, organisation }: ConsoleContext,
  request: FastifyRequest,
): Promise<AlertsWithin> {
  return { organisation, scope: await scopeOf(store, visitOf(request).account) };
}

/** For how long a reason for opening somebody's history holds, milliseconds. */
const reasonHolds = 8 * 60 * 60 * 1000;

/** What the trail names the history of an account name's alerts by. */
export function historyObject(person: string): string {
  return `alerts of ${person.toLowerCase()}`;
}

/** Alerts of one named person are a history of that person, which nobody opens without having said why. */
export async function needsReason({ store }: ConsoleContext, query: AlertQuery, looking: Looking): Promise<boolean> {
  if (query.person === '') return false;
  const { accountId, now } = looking;
  const entry = { accountId, action: 'person.history-opened' as const, object: historyObject(query.person) };
  return !(await wasRecorded(store, entry, now - reasonHolds));
}

export interface Analyst {
  id: string;
  name: string;
}

/** Accounts that alerts can be given to, by name. */
export async function analysts({ store, clock }: ConsoleContext, { organisation }: AlertsWithin): Promise<Analyst[]> {
  const rows = await listAccounts(store);
  return rows
    .filter((row) => isUsable(row, clock.now()) && (row.organisation ?? organisation) === organisation)
    .filter(({ role }) => isRole(role) && mayUse(role, 'POST /alerts/:id'))
    .map((row) => ({ id: row.id, name: row.display_name }))
    .sort((left, right) => left.name.localeCompare(right.name, 'en'));
}
