import type { FastifyRequest } from 'fastify';
import { scopeOf } from '../accounts/scope.ts';
import { type IncidentRow, type IncidentViewer, visibleIncident } from '../incidents/incident-list.ts';
import { stateWords } from '../incidents/incident-words.ts';
import type { IncidentState } from '../incidents/life-cycle.ts';
import { type RiskLevel, riskLevel, riskWords } from '../incidents/risk.ts';
import type { Doer } from '../incidents/steps.ts';
import type { ConsoleContext } from './layout.ts';
import type { Tag } from './severity.ts';
import { visitOf } from './visit.ts';

/** Who looks at incidents, and whose they may see. */
export async function incidentViewer({ store }: ConsoleContext, request: FastifyRequest): Promise<IncidentViewer> {
  const { account } = visitOf(request);
  const { id: accountId, role, personId, displayName } = account;
  return { accountId, role, personId, displayName, scope: await scopeOf(store, account) };
}

/** The incident, if it exists and this person may see it. */
export async function incidentSeen(
  context: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<IncidentRow | undefined> {
  return visibleIncident(context.store, await incidentViewer(context, request), id);
}

export function doerOf({ clock }: ConsoleContext, request: FastifyRequest): Doer {
  const { id: accountId, role, personId } = visitOf(request).account;
  return { accountId, role, personId, now: clock.now() };
}

const stateColours: Record<IncidentState, string> = {
  draft: 'yellow',
  confirmed: 'orange',
  investigating: 'blue',
  'for-approval': 'purple',
  approved: 'green',
  closed: 'grey',
  'no-incident': 'grey',
};

export function incidentStateTag(state: IncidentState): Tag {
  return { text: stateWords[state], colour: stateColours[state] };
}

const riskColours: Record<RiskLevel, string> = { low: 'green', moderate: 'yellow', high: 'orange', 'very-high': 'red' };

export function riskTag(risk: number | null): Tag {
  return risk === null
    ? { text: 'Risk not assessed', colour: 'grey' }
    : { text: riskWords(risk), colour: riskColours[riskLevel(risk)] };
}
