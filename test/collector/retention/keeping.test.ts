import { describe, expect, it } from 'vitest';
import { type EventFacts, endsOf, type Held, reasonToKeep } from '../../../collector/retention/keeping.ts';

const day = 24 * 60 * 60 * 1000;
const now = Date.parse('2026-11-30T09:00:00Z');
const ends = endsOf({ routineDays: 90, violationDays: 395 }, now);
const nothing: Held = { computers: new Set(), alerts: new Set(), isHeldUser: () => false };
const closed = [{ id: 'a', open: false }];

function event(ageDays: number, rest: Partial<EventFacts> = {}): EventFacts {
  return { computerId: 'c', receivedAt: now - ageDays * day, user: 'pat', alerts: [], ...rest };
}

describe('the body of an event', () => {
  it.each<[string, EventFacts, Held, string | undefined]>([
    ['everyday, young', event(89), nothing, 'routine-time'],
    ['everyday, to the millisecond', event(90), nothing, 'routine-time'],
    ['everyday, old', event(90.1), nothing, undefined],
    ['a violation, young', event(91, { alerts: closed }), nothing, 'violation-time'],
    ['a violation, old', event(396, { alerts: closed }), nothing, undefined],
    ['a violation whose alert is still open', event(900, { alerts: [{ id: 'a', open: true }] }), nothing, 'open-alert'],
    ['on a computer on hold', event(900), { ...nothing, computers: new Set(['c']) }, 'hold'],
    ['of an alert on hold', event(900, { alerts: closed }), { ...nothing, alerts: new Set(['a']) }, 'hold'],
    ['of a person on hold', event(900), { ...nothing, isHeldUser: (user) => user === 'pat' }, 'hold'],
    ['of nobody', event(900, { user: undefined }), { ...nothing, isHeldUser: () => true }, undefined],
    ['on another computer', event(900), { ...nothing, computers: new Set(['d']) }, undefined],
  ])('%s', (_, facts, held, reason) => expect(reasonToKeep(facts, ends, held)).toBe(reason));

  it('of a violation is kept at least as long as an everyday one, whatever the policy says', () => {
    const strange = endsOf({ routineDays: 90, violationDays: 7 }, now);
    expect(reasonToKeep(event(60, { alerts: closed }), strange, nothing)).toBe('routine-time');
    expect(strange.violation).toBe(strange.routine);
  });
});
