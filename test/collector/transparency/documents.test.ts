import { describe, expect, it } from 'vitest';
import { kindDefinition, kindNames } from '#shared/events/kinds.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Block } from '../../../collector/documents/pdf.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { dpia } from '../../../collector/transparency/dpia.ts';
import { staffNotice } from '../../../collector/transparency/staff-notice.ts';

const facts = (profile: 'focus' | 'ccg', change: object = {}) => ({
  policy: { ...loadPolicy(profileText(profile)), ...change },
  policyVersion: 4,
  organisation: 'Example Care',
  day: '2026-11-30',
});
const words = (blocks: readonly Block[]) => JSON.stringify(blocks);

describe.each(['focus', 'ccg'] as const)('the staff notice under %s', (profile) => {
  it('names every kind of event an agent can record, in plain words', () => {
    const text = words(staffNotice(facts(profile)));
    for (const name of kindNames) expect(text).toContain(JSON.stringify(kindDefinition(name).description).slice(1, -1));
  });

  it('says how long, under which clause, and that nothing is stopped while the policy only reports', () => {
    const retention = { routineDays: 33, violationDays: 44 };
    const text = words(staffNotice(facts(profile, { retention, mode: 'report' })));
    expect(text).toContain('33 days');
    expect(text).toContain('44 days');
    expect(text).toContain(facts(profile).policy.monitoringClause);
    expect(text).toContain('nothing is stopped');
    expect(words(staffNotice(facts(profile, { mode: 'enforce' })))).toContain('is stopped where the computer allows');
  });

  it('does not promise that names of files stay unknown when the policy records them', () => {
    const documents = facts(profile).policy.documents;
    const says = (fileNames: string) => words(staffNotice(facts(profile, { documents: { ...documents, fileNames } })));
    expect(says('hashes')).toContain('a mark that tells files apart');
    expect(says('names')).not.toContain('a mark that tells files apart');
  });
});

describe('the draft of the impact assessment', () => {
  const steps = { dpia: { reference: 'DPIA-7', decided_on: '2026-11-02', decided_by: 'IG lead' } as never };
  const text = words(dpia({ ...facts('ccg'), computers: 60, people: 75, steps }));

  it('lists every alert with its clause, what is done about each risk, and the steps with their references', () => {
    for (const { title } of facts('ccg').policy.alerts) expect(text).toContain(JSON.stringify(title).slice(1, -1));
    expect(text).toContain('75 people of the register, on 60 computers');
    expect(text).toContain('DPIA-7');
  });

  it('marks what only people can say', () => {
    expect(text).toContain('to be completed');
  });
});
