import { PortcullisError } from '#shared/errors.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';

export const incidentStates = [
  'draft',
  'confirmed',
  'investigating',
  'for-approval',
  'approved',
  'closed',
  'no-incident',
] as const satisfies readonly IncidentsTable['state'][];
export type IncidentState = (typeof incidentStates)[number];

export const incidentSteps = [
  'confirm',
  'dismiss',
  'assign',
  'submit',
  'return',
  'approve',
  'close',
  'reopen',
] as const;
export type IncidentStep = (typeof incidentSteps)[number];

/**
 * Which step leads where. What is not here cannot be done: nothing is approved that was not submitted, nothing closed
 * that was not approved, and nothing submitted is changed but by its return.
 */
const transitions: Record<IncidentStep, Partial<Record<IncidentState, IncidentState>>> = {
  confirm: { draft: 'confirmed' },
  dismiss: { draft: 'no-incident', confirmed: 'no-incident', investigating: 'no-incident' },
  /** Also gives an investigation that runs to somebody else. */
  assign: { confirmed: 'investigating', investigating: 'investigating' },
  submit: { investigating: 'for-approval' },
  return: { 'for-approval': 'investigating' },
  approve: { 'for-approval': 'approved' },
  close: { approved: 'closed' },
  reopen: { 'no-incident': 'draft', approved: 'investigating', closed: 'investigating' },
};

/** @throws PortcullisError `stepNotPossible`. Pure. */
export function stateAfter(state: IncidentState, step: IncidentStep): IncidentState {
  const next = transitions[step][state];
  if (next) return next;
  throw new PortcullisError(
    'stepNotPossible',
    'That cannot be done with the incident as it stands now. Somebody else may have been faster; look at its timeline.',
  );
}

export function isPossible(state: IncidentState, step: IncidentStep): boolean {
  return transitions[step][state] !== undefined;
}

/** Whether what people wrote about it may be changed: not while somebody is asked to approve it, nor afterwards. */
export function isOpenToChange(state: IncidentState): boolean {
  return state === 'draft' || state === 'confirmed' || state === 'investigating';
}

/** States in which somebody still has something to do. */
export const unfinished = ['draft', 'confirmed', 'investigating', 'for-approval', 'approved'] as const;
