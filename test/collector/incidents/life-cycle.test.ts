import { describe, expect, it } from 'vitest';
import {
  type IncidentState,
  type IncidentStep,
  incidentStates,
  incidentSteps,
  isPossible,
  stateAfter,
} from '../../../collector/incidents/life-cycle.ts';

/** Every step that is possible; all others are refused. */
const table: Record<`${IncidentState} ${IncidentStep}`, IncidentState> | Record<string, IncidentState> = {
  'draft confirm': 'confirmed',
  'draft dismiss': 'no-incident',
  'confirmed dismiss': 'no-incident',
  'confirmed assign': 'investigating',
  'investigating assign': 'investigating',
  'investigating dismiss': 'no-incident',
  'investigating submit': 'for-approval',
  'for-approval return': 'investigating',
  'for-approval approve': 'approved',
  'approved close': 'closed',
  'approved reopen': 'investigating',
  'closed reopen': 'investigating',
  'no-incident reopen': 'draft',
};

describe('the life cycle of an incident', () => {
  const all = incidentStates.flatMap((state) => incidentSteps.map((step) => [state, step] as const));

  it.each(all)('%s, %s', (state, step) => {
    const next = (table as Record<string, IncidentState>)[`${state} ${step}`];
    expect(isPossible(state, step)).toBe(next !== undefined);
    if (next) expect(stateAfter(state, step)).toBe(next);
    else expect(() => stateAfter(state, step)).toThrow(/cannot be done/);
  });

  it('reaches every state from a draft, and approves nothing that was not submitted', () => {
    const reached = new Set<IncidentState>(['draft']);
    for (const state of reached) {
      for (const step of incidentSteps) if (isPossible(state, step)) reached.add(stateAfter(state, step));
    }
    expect([...reached].sort()).toEqual([...incidentStates].sort());
    expect(incidentStates.filter((state) => isPossible(state, 'approve'))).toEqual(['for-approval']);
  });
});
