import { describe, expect, it } from 'vitest';
import { approvalsNeeded, incidentRules } from '../../../collector/incidents/incident-rules.ts';
import { conflicts } from '../../../collector/incidents/independence.ts';
import { obstacles } from '../../../collector/incidents/obstacles.ts';
import { holdsNhsNumber, withoutNames } from '../../../collector/incidents/personal-data.ts';
import { reportingClock } from '../../../collector/incidents/reporting-clock.ts';
import { approvalsLeft, ownWork } from '../../../collector/incidents/rights.ts';
import { investigationDue, riskLevel, suggestsReport } from '../../../collector/incidents/risk.ts';
import { type AllSections, emptySection, sectionNames } from '../../../collector/incidents/sections.ts';
import { inCommon } from '../../../collector/incidents/similar.ts';
import { warningsOf } from '../../../collector/jobs/incident-times.ts';

const time = (text: string) => Date.parse(text);
const hour = 3_600_000;

describe('the investigation is due', () => {
  it.each([
    ['low', 4, '2026-11-30T09:00:00Z', '2026-12-30T09:00:00Z'],
    ['moderate', 6, '2026-11-30T09:00:00Z', '2026-12-14T09:00:00Z'],
    ['high', 12, '2026-11-30T09:00:00Z', '2026-12-07T09:00:00Z'],
    ['very-high', 20, '2026-11-30T09:00:00Z', '2026-12-02T09:00:00Z'],
    ['very-high', 25, '2026-12-24T15:00:00Z', '2026-12-30T15:00:00Z'],
    ['very-high', 15, '2026-11-28T11:00:00Z', '2026-12-02T00:00:00Z'],
  ] as const)('at %s risk (%i), confirmed on %s: %s', (level, score, from, due) => {
    expect(riskLevel(score)).toBe(level);
    expect(new Date(investigationDue(time(from), score)).toISOString()).toBe(new Date(time(due)).toISOString());
  });

  it.each([
    [4, 2, true],
    [5, 5, true],
    [3, 5, false],
    [5, 1, false],
  ])('and likelihood %i with impact %i suggests a report: %s', (likelihood, impact, expected) => {
    expect(suggestsReport(likelihood, impact)).toBe(expected);
  });
});

describe('the 72 hours', () => {
  const awareAt = time('2026-11-27T16:30:00Z');
  const at = (hours: number) => awareAt + hours * hour;

  it.each([
    [0, 'running', '72 hours left'],
    [47.75, 'running', '24 hours 15 minutes left'],
    [48, 'ending', '24 hours left'],
    [71.99, 'ending', '0 minutes left'],
    [72, 'over', 'ended 0 minutes ago'],
    [80.5, 'over', 'ended 8 hours 30 minutes ago'],
  ] as const)('after %d hours are %s: %s', (hours, state, words) => {
    const clock = reportingClock({ awareAt, decidedAt: undefined, told: false }, at(hours));
    expect(clock.state).toBe(state);
    expect(clock.words).toContain(words);
    expect(clock.endsAt).toBe(at(72));
  });

  it('say that it was decided, and when too late, by how much', () => {
    const decided = (decidedAt: number, told: boolean) => reportingClock({ awareAt, decidedAt, told }, at(100)).words;
    expect(decided(at(10), false)).toBe('Decided: the ICO is not told.');
    expect(decided(at(73), true)).toBe('Decided: the ICO is told, 1 hour after the end of the 72 hours.');
    expect(reportingClock({ awareAt: null, decidedAt: undefined, told: false }, at(1)).state).toBe('not-started');
  });

  it('warn once for each moment: before the end, at the end, and about the investigation', () => {
    const faults = (hours: number, state: 'draft' | 'investigating' | 'closed', icoAt: number | null = null) =>
      warningsOf({ state, due_at: at(100), aware_at: awareAt }, icoAt, at(hours)).map(({ fault }) => fault);
    expect(faults(1, 'investigating')).toEqual([]);
    expect(faults(50, 'draft')).toEqual(['incident-clock-ending']);
    expect(faults(80, 'investigating')).toEqual(['incident-clock-over', 'incident-due']);
    expect(faults(101, 'investigating', at(5))).toEqual(['incident-overdue']);
    expect(faults(101, 'closed')).toEqual([]);
  });
});

describe('an investigator does not own the area', () => {
  const area = { personId: 'p1', accounts: ['pat'], leaders: ['p2', 'p3'], assetOwner: 'Robin  Owner' };
  const candidate = { accountId: 'a', displayName: 'Jo Other', username: 'jo', personId: 'p9' };

  it.each([
    ['somebody else', {}, 0],
    ['somebody not in the register', { personId: null }, 0],
    ['the person concerned', { personId: 'p1' }, 1],
    ['the same account name', { username: 'PAT', personId: null }, 1],
    ['the supervisor', { personId: 'p2' }, 1],
    ['the deputy', { personId: 'p3' }, 1],
    ['the Information Asset Owner', { displayName: 'robin owner' }, 1],
    ['both', { personId: 'p2', displayName: 'Robin Owner' }, 2],
  ])('%s', (_, change, reasons) => {
    expect(conflicts({ ...candidate, ...change }, area)).toHaveLength(reasons);
  });
});

describe('approvals', () => {
  const parts = (profile: string, risk: number | null, peopleData: boolean) =>
    approvalsNeeded(incidentRules(profile), { risk, peopleData }).map(({ part }) => part);

  it.each([
    ['focus', 4, false, ['head-of-business-and-governance']],
    ['focus', 25, true, ['head-of-business-and-governance', 'caldicott-guardian']],
    ['ccg', 9, false, ['ig-lead']],
    ['ccg', 10, false, ['ig-lead', 'siro']],
    ['ccg', 10, true, ['ig-lead', 'siro', 'caldicott-guardian']],
    ['unknown', null, false, ['head-of-business-and-governance']],
  ] as const)('under %s at risk %s, data of people %s: %j', (profile, risk, peopleData, expected) => {
    expect(parts(profile, risk, peopleData)).toEqual(expected);
  });

  it.each([
    ['focus', ['head-of-business-and-governance', 'ict', 'supervisor']],
    ['ccg', ['iao', 'head-of-corporate-governance', 'head-of-information-governance', 'ict', 'line-manager']],
  ])('and who hears of a loss are the profile’s: %s', (profile, expected) => {
    expect(incidentRules(profile).lost).toEqual(expected);
  });

  it('count only for what was submitted, and a return for nothing', () => {
    const needed = approvalsNeeded(incidentRules('ccg'), { risk: 10, peopleData: false });
    const given = [
      { part: 'ig-lead', verdict: 'approved', submitted_at: 1 },
      { part: 'ig-lead', verdict: 'returned', submitted_at: 2 },
      { part: 'siro', verdict: 'approved', submitted_at: 2 },
    ] as const;
    expect(approvalsLeft(needed, given, 2).map(({ part }) => part)).toEqual(['ig-lead']);
    expect(approvalsLeft(needed, given, 3)).toHaveLength(2);
  });

  it.each([
    ['who investigated', { investigator_id: 'me' }, /investigated it yourself/],
    ['who sent it', { submitted_by: 'me' }, /sent it for approval yourself/],
    ['whom it is about', { person_id: 'mine' }, /about yourself/],
  ])('are not given by %s', (_, change, expected) => {
    const incident = { investigator_id: 'x', submitted_by: 'y', person_id: null, ...change };
    const me = { accountId: 'me', role: 'ig-lead', personId: 'mine' } as const;
    expect(ownWork(me, incident)).toMatch(expected);
    expect(ownWork({ ...me, accountId: 'other', personId: null }, incident)).toBeUndefined();
  });
});

describe('what is still to be done', () => {
  const empty = Object.fromEntries(sectionNames.map((name) => [name, emptySection(name)])) as AllSections;

  it('is said for each step, and nothing when it is done', () => {
    const nothing = { sections: empty, recommendations: [], decided: [] };
    expect(obstacles('confirm', nothing)).toHaveLength(3);
    expect(obstacles('submit', nothing)).toHaveLength(9);
    expect(obstacles('close', { ...nothing, recommendations: [{ status: 'open' }] })).toHaveLength(2);
    expect(
      obstacles('close', { ...nothing, recommendations: [{ status: 'done' }], decided: ['data-subjects'] }),
    ).toEqual([]);
    expect(obstacles('dismiss', nothing)).toEqual([]);
  });
});

describe('what earlier incidents have in common', () => {
  const one = { type: 'tamper', rule_id: 'r', device_key: null, computer_id: 'c', person_id: 'p' };

  it('is named, the weightiest first, and what neither knows is not in common', () => {
    expect(inCommon(one, one)).toEqual(['the same person', 'the same computer', 'the same rule', 'the same type']);
    expect(inCommon(one, { ...one, person_id: null, type: 'malware', rule_id: 's' })).toEqual(['the same computer']);
    expect(inCommon(one, { type: null, rule_id: null, device_key: null, computer_id: null, person_id: null })).toEqual(
      [],
    );
  });
});

describe('personal data', () => {
  it.each([
    ['999 000 0018', true],
    ['9990000018', true],
    ['number 999-000-0018.', true],
    ['999 000 0019', false],
    ['999 123 4567', false],
    ['99900000180', false],
    ['call 0300 303 5222', false],
  ])('%j can be an NHS number: %s', (text, expected) => {
    expect(holdsNhsNumber(text)).toBe(expected);
  });

  it('leaves a text without the names of those concerned, longest first and in any case', () => {
    expect(withoutNames('PAT EXAMPLE (pat) told Pat Example-Jones.', ['pat', 'Pat Example'], '[x]')).toBe(
      '[x] ([x]) told [x]-Jones.',
    );
    expect(withoutNames('a (b) c', ['(b)'], '[x]')).toBe('a [x] c');
  });
});
