import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseAlerts } from '../../../collector/alerting/alerts.ts';
import { investigators } from '../../../collector/incidents/area.ts';
import { decide } from '../../../collector/incidents/decisions.ts';
import { formText } from '../../../collector/incidents/form-text.ts';
import { frozenIn } from '../../../collector/incidents/freeze.ts';
import {
  type IncidentViewer,
  incidentByReference,
  visibleIncident,
} from '../../../collector/incidents/incident-list.ts';
import { incidentRow } from '../../../collector/incidents/incident-row.ts';
import { openIncident } from '../../../collector/incidents/incidents.ts';
import { loseComputer } from '../../../collector/incidents/lost.ts';
import { incidentRecord, namesConcerned } from '../../../collector/incidents/record.ts';
import type { SectionName, Values } from '../../../collector/incidents/sections.ts';
import { keepSection, sectionHistory, sectionsOf } from '../../../collector/incidents/sections-kept.ts';
import { earlierLike } from '../../../collector/incidents/similar.ts';
import { takeStep } from '../../../collector/incidents/steps.ts';
import { incidentDrafts } from '../../../collector/jobs/incident-drafts.ts';
import { incidentTimes } from '../../../collector/jobs/incident-times.ts';
import { type PersonFacts, savePerson } from '../../../collector/register/people.ts';
import type { StoreTransaction } from '../../../collector/store/tables.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';
import { testClock } from '../console/site.ts';
import { accountOf, drafted, incidentsIn, person, violation } from './violation.ts';

let collector: RealCollector;
const clock = testClock(Date.now());
let ict: string;
let head: string;
let supervisor: string;

beforeAll(async () => {
  collector = await realCollector();
  ict = await accountOf(collector, 'ict-analyst');
  head = await accountOf(collector, 'head-of-business-and-governance');
  supervisor = await accountOf(collector, 'supervisor');
  const facts: PersonFacts = {
    ...{ reference: 'S1', name: 'Pat Example', email: '', team: 'North', accounts: [person], starts: '', leaves: '' },
    ...{ supervises: [], deputises: [] },
  };
  const now = clock.now();
  await transact(async (tx) => {
    await savePerson(tx, 'Test organisation', facts, now);
    const lead = { ...facts, reference: 'S2', name: 'Sam Lead', accounts: ['sam'], supervises: ['North'] };
    const personId = await savePerson(tx, 'Test organisation', lead, now);
    await tx.updateTable('accounts').set({ person_id: personId }).where('id', '=', supervisor).execute();
  });
}, 240_000);
afterAll(() => collector[Symbol.asyncDispose]());

function transact<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
  return collector.context.store.transaction().execute(work);
}

async function write(incidentId: string, section: SectionName, values: Values, accountId = ict) {
  return transact(async (tx) => {
    const kept = (await sectionsOf(tx, incidentId))[section];
    const given = { ...kept.values, ...values };
    return keepSection(
      tx,
      { incidentId, section, values: given, seen: kept.revision },
      { accountId, now: clock.now() },
    );
  });
}

type StepName = Parameters<typeof takeStep>[1]['step'];

async function step(incidentId: string, name: StepName, who: 'ict' | 'head', more = {}) {
  const by = {
    ict: { accountId: ict, role: 'ict-analyst', personId: null, now: clock.now() },
    head: { accountId: head, role: 'head-of-business-and-governance', personId: null, now: clock.now() },
  } as const;
  const { revision } = await incidentRow(collector.context.store, incidentId);
  const given = { incidentId, step: name, seen: revision, reason: 'Because', ...more };
  return transact((tx) => takeStep(tx, given, by[who]));
}

/** An incident of its own, opened by hand. */
function opened(note = 'Something went wrong') {
  return transact((tx) =>
    openIncident(
      tx,
      { source: 'self-report', alertIds: [], openedBy: ict, note, now: clock.now() },
      { title: 'Own', type: 'other' },
    ),
  );
}

describe('drafts', () => {
  it('are opened once for a grave alert, however often it is looked and from wherever', async () => {
    await violation(collector);
    const jobs = [incidentDrafts(collector.context), incidentDrafts(collector.context)];
    await Promise.all(jobs.flatMap((one) => [one.check(), one.check()]));
    // As after a crash that lost the cursor.
    await collector.context.store.deleteFrom('incident_cursor').execute();
    const found = await drafted(collector);
    expect(found).toMatchObject([{ state: 'draft', source: 'alert', person, opened_by: null, hostname: 'FOC-LT-014' }]);
    expect(found[0]?.number).toMatch(/^INC-\d{4}-0001$/);
    expect(found[0]?.team_id).not.toBeNull();
  });

  it('take in more of the same person, device and rule, and no other', async () => {
    const [incident] = await incidentsIn(collector.context.store);
    const alert = await collector.context.store
      .selectFrom('alerts')
      .selectAll()
      .where('rule_id', '=', 'media-identifiers')
      .executeTakeFirstOrThrow();
    const named = { person: alert.person ?? '' };
    const raise = (group: string, who: { person?: string } = named) =>
      transact((tx) =>
        raiseAlerts(tx, {
          ...{ computerNo: 0, policyVersion: 1, now: clock.now() + 1 },
          findings: [
            {
              ...{ ruleId: alert.rule_id, title: alert.title, severity: 'high', clause: alert.clause, tell: 'now' },
              ...{ recipients: ['ict'], kind: alert.kind, group, seq: null, at: clock.now(), ...who },
            },
          ],
        }),
      );
    await transact((tx) =>
      tx
        .insertInto('computers')
        .values(ownRow())
        .onConflict((one) => one.doNothing())
        .execute(),
    );
    await raise(alert.same_key);
    await raise('something else');
    const found = await drafted(collector);
    expect(found).toHaveLength(2);
    // Where nobody is named, the same on another computer is another incident.
    await raise(`${alert.same_key} of nobody`, {});
    expect(await drafted(collector)).toHaveLength(3);
    const record = await incidentRecord(collector.context.store, found[0] ?? fail(), clock.now());
    expect(found[0]?.id).toBe(incident?.id);
    expect(record.alerts).toHaveLength(2);
    expect(record.timeline.map(({ action }) => action)).toEqual(['opened', 'alerts-added']);
  });

  it('are not opened for what was closed as a false alarm, nor by the alarms of incidents', async () => {
    const before = (await incidentsIn(collector.context.store)).length;
    const finding = (ruleId: string) => ({
      ...{
        ruleId,
        title: 'x',
        severity: 'critical' as const,
        clause: 'focus 4.8',
        recipients: ['ict'],
        tell: 'now' as const,
      },
      ...{ kind: 'collector', group: `group of ${ruleId}`, seq: null, at: clock.now() },
    });
    const ids = await transact((tx) =>
      raiseAlerts(tx, {
        ...{ computerNo: 0, policyVersion: 1, now: clock.now() },
        findings: [finding('incident-clock-over'), finding('other-rule')],
      }),
    );
    await collector.context.store
      .updateTable('alerts')
      .set({ state: 'closed', outcome: 'mistake' })
      .where('id', '=', ids[1] ?? '')
      .execute();
    expect(await drafted(collector)).toHaveLength(before);
  });
});

describe('an incident', () => {
  it('goes from draft to closed, and everything that was done stands in its timeline', async () => {
    const { id } = await opened();
    await expect(step(id, 'confirm', 'ict')).rejects.toThrow('Assess the initial risk');
    await write(id, 'risk', { likelihood: '4', impact: '3', because: 'It was read' });
    await step(id, 'confirm', 'ict');
    await step(id, 'assign', 'ict', { investigatorId: ict });
    await expect(step(id, 'submit', 'ict')).rejects.toThrow(/Name the root cause[\s\S]*whether the ICO is told/);
    await write(id, 'what', { kinds: ['confidentiality'] });
    await write(id, 'people', { subjects: '1-9' });
    await write(id, 'investigation', { steps: 'Asked', findings: 'Found' });
    await write(id, 'cause', { why1: 'No server at hand', classes: ['process'] });
    await write(id, 'recovery', { containment: 'Taken away' });
    await write(id, 'damage', { harm: 'None', classification: 'low' });
    await transact((tx) =>
      decide(
        tx,
        id,
        { body: 'ico', told: false, reason: 'No risk', reference: '' },
        { accountId: head, role: 'head-of-business-and-governance', personId: null, now: clock.now() },
      ),
    );
    await expect(step(id, 'submit', 'ict')).rejects.toThrow('Make at least one recommendation.');
    const { recommend, changeRecommendation, recommendationsOf } = await import(
      '../../../collector/incidents/recommendations.ts'
    );
    await transact((tx) =>
      recommend(
        tx,
        id,
        { action: 'Shared folder', owner: 'ICT', dueOn: '2027-01-15' },
        { accountId: ict, now: clock.now() },
      ),
    );
    await step(id, 'submit', 'ict');
    await expect(write(id, 'what', { narrative: 'Other' })).rejects.toThrow('Have it returned first');
    await expect(step(id, 'approve', 'ict')).rejects.toThrow('investigated it yourself');
    await step(id, 'return', 'head', { reason: 'Say more' });
    await write(id, 'what', { narrative: 'More' });
    await step(id, 'submit', 'ict');
    await step(id, 'approve', 'head');
    // Data of people: the Caldicott Guardian is asked as well.
    expect((await incidentRow(collector.context.store, id)).state).toBe('for-approval');
    const guardian = await accountOf(collector, 'caldicott-guardian');
    const { revision } = await incidentRow(collector.context.store, id);
    const verdict = { incidentId: id, step: 'approve', seen: revision, reason: 'Agreed' } as const;
    const by = { accountId: guardian, role: 'caldicott-guardian', personId: null, now: clock.now() } as const;
    await expect(transact((tx) => takeStep(tx, { ...verdict, seen: revision - 1 }, by))).rejects.toThrow(
      'Somebody else',
    );
    await transact((tx) => takeStep(tx, verdict, by));
    await expect(step(id, 'close', 'head')).rejects.toThrow('Finish or withdraw every recommendation.');
    const [made] = await recommendationsOf(collector.context.store, id);
    await transact((tx) =>
      changeRecommendation(
        tx,
        id,
        { id: made?.id ?? '', status: 'done', effect: 'Nothing was saved since' },
        { accountId: ict, now: clock.now() },
      ),
    );
    await transact((tx) =>
      decide(
        tx,
        id,
        { body: 'data-subjects', told: false, reason: 'No risk', reference: '' },
        { accountId: head, role: 'head-of-business-and-governance', personId: null, now: clock.now() },
      ),
    );
    await step(id, 'close', 'head');
    const row = await incidentByReference(collector.context.store, id);
    const record = await incidentRecord(collector.context.store, row ?? fail(), clock.now());
    expect(record.row.state).toBe('closed');
    expect(record.timeline.filter(({ action }) => action !== 'changed').map(({ action }) => action)).toEqual(
      'opened confirmed assigned decided recommended submitted returned submitted approved approved recommendation-changed decided closed'.split(
        ' ',
      ),
    );
    const audit = await collector.context.store.selectFrom('audit').select('action').where('object', '=', id).execute();
    expect(audit.length).toBe(record.timeline.length);
  });

  it('keeps what stood in a part before, and refuses who has not seen the newest', async () => {
    const { id } = await opened();
    const first = (await sectionsOf(collector.context.store, id)).what;
    await write(id, 'what', { narrative: 'First' });
    const behind = {
      incidentId: id,
      section: 'what',
      values: { ...first.values, narrative: 'Second' },
      seen: first.revision,
    } as const;
    await expect(transact((tx) => keepSection(tx, behind, { accountId: ict, now: clock.now() }))).rejects.toThrow(
      'Somebody else has saved this part',
    );
    await write(id, 'what', { narrative: 'Second' });
    const texts = (await sectionHistory(collector.context.store, id)).filter(({ section }) => section === 'what');
    expect(texts.map(({ values }) => values.narrative)).toEqual(['Something went wrong', 'First', 'Second']);
    expect(await write(id, 'what', { narrative: 'Second' })).toBe(false);
  });

  it.each([
    ['what', { narrative: 'Number 999 000 0018' }, 'NHS number'],
    ['what', { title: '' }, 'in a few words'],
    ['what', { type: 'nonsense' }, 'does not fit'],
    ['times', { aware: Date.now() + 86_400_000 }, 'lies in the future'],
    ['times', { aware: -1 }, 'does not fit'],
    ['people', { categories: ['health', 'health'] }, 'does not fit'],
  ] as const)('does not take %s %j', async (section, values, fault) => {
    const { id } = await opened();
    await expect(write(id, section, values as Values)).rejects.toThrow(fault);
  });

  it('is investigated by nobody who owns the area', async () => {
    const [incident] = await incidentsIn(collector.context.store);
    const row = incident ?? fail();
    const found = await investigators(collector.context.store, row, clock.now());
    expect(found.find(({ id }) => id === supervisor)?.conflicts).toEqual([
      'They lead the team of the person concerned.',
    ]);
    expect(found.find(({ id }) => id === head)?.conflicts).toEqual([]);
    await write(row.id, 'times', { aware: clock.now() });
    await write(row.id, 'what', { type: 'identifiable-media' });
    await write(row.id, 'risk', { likelihood: '5', impact: '5' });
    await step(row.id, 'confirm', 'ict');
    await expect(step(row.id, 'assign', 'ict', { investigatorId: supervisor })).rejects.toThrow(
      'an investigator must not own the area',
    );
    const holds = await collector.context.store.selectFrom('legal_holds').selectAll().execute();
    expect(holds.length).toBeGreaterThan(1);
  });

  it('finds what was like it before, by itself', async () => {
    const [first] = await incidentsIn(collector.context.store);
    clock.advance(10 * 60_000);
    const { id } = await transact((tx) =>
      openIncident(tx, {
        source: 'notice',
        alertIds: [],
        computerId: first?.computer_id ?? '',
        openedBy: null,
        note: '',
        now: clock.now(),
      }),
    );
    const { incidents } = await earlierLike(collector.context.store, await incidentRow(collector.context.store, id));
    expect(incidents).toMatchObject([{ id: first?.id, common: ['the same computer'] }]);
  });

  it('is told to others without the names of those concerned', async () => {
    const [incident] = await incidentsIn(collector.context.store);
    const row = incident ?? fail();
    await write(row.id, 'what', { narrative: 'Pat Example (pat.example, S1-like) took a stick home.' });
    const record = await incidentRecord(collector.context.store, row, clock.now());
    const blocks = formText(record, await namesConcerned(collector.context.store, row));
    expect(blocks.map(({ title }) => title[0])).toEqual(['1', '2', '3', '4', '5', '6']);
    const text = blocks.map((block) => block.text).join('\n');
    expect(text).not.toMatch(/Pat Example|pat\.example/i);
    expect(text).toContain('[member of staff]');
    expect(text).toContain('Not known yet');
  });
});

describe('what is seen', () => {
  const viewer = (change: Partial<IncidentViewer>): IncidentViewer => ({
    ...{ accountId: 'nobody', role: 'supervisor', personId: null, displayName: 'Nobody' },
    scope: { organisations: 'all', teams: [] },
    ...change,
  });

  it('is what belongs to the team, and never what is about oneself', async () => {
    const { store } = collector.context;
    const row = (await incidentsIn(store)).find(({ person: name }) => name === person) ?? fail();
    const sees = async (change: Partial<IncidentViewer>) =>
      (await visibleIncident(store, viewer(change), row.id)) !== undefined;
    const own = { organisations: 'all', teams: [row.team_id ?? ''] } as const;
    expect(await sees({ scope: own })).toBe(true);
    expect(await sees({})).toBe(false);
    expect(await sees({ scope: { organisations: 'all', teams: ['other'] } })).toBe(false);
    expect(await sees({ role: 'ict-analyst', scope: { organisations: 'all', teams: 'all' } })).toBe(true);
    expect(
      await sees({ role: 'ict-analyst', personId: row.person_id, scope: { organisations: 'all', teams: 'all' } }),
    ).toBe(false);
    expect(await sees({ role: 'ig-lead', scope: { organisations: ['Another'], teams: 'all' } })).toBe(false);
    expect(await sees({ role: 'iao', scope: { organisations: 'all', teams: 'all' } })).toBe(false);
  });
});

describe('a lost computer', () => {
  it('is frozen as it was known, marked, and told to those whom the profile names', async () => {
    const { computer, head: at } = await violation(collector, 'FOC-LT-015');
    const { store } = collector.context;
    const loss = { note: 'Left on a train.', by: 'Pat', accountId: ict, now: clock.now() };
    await expect(transact((tx) => loseComputer(tx, computer.computerId, { ...loss, note: ' ' }))).rejects.toThrow(
      'Say what',
    );
    const { id } = await transact((tx) => loseComputer(tx, computer.computerId, loss));
    const before = (await incidentRow(store, id)).frozen;
    const frozen = frozenIn({ frozen: before })?.computer;
    expect(frozen).toMatchObject({ hostname: 'FOC-LT-015', events: { seq: at.seq, head: at.link } });
    expect(frozen?.drives).toHaveLength(1);
    expect(frozen?.users).toMatchObject([{ user: person }]);
    expect(frozen?.media.length).toBe(1);
    await violation(collector, undefined, { computer, from: at });
    expect((await incidentRow(store, id)).frozen).toBe(before);
    const details = await store.selectFrom('asset_details').select('disposal').where('disposal', '=', 'lost').execute();
    expect(details).toHaveLength(1);
    const alert = await store
      .selectFrom('alerts')
      .selectAll()
      .where('rule_id', '=', 'device-lost')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(alert.recipients)).toEqual(['head-of-business-and-governance', 'ict', 'supervisor']);
    await expect(transact((tx) => loseComputer(tx, computer.computerId, loss))).rejects.toThrow(
      'marked as lost already',
    );
    const mine = (await drafted(collector)).filter(({ source }) => source === 'lost');
    expect(mine).toHaveLength(1);
  });
});

describe('alarms', () => {
  it('are raised once for each moment', async () => {
    const { id } = await opened();
    const job = incidentTimes({ ...collector.context, clock });
    const own = async () => {
      await job.check();
      await job.check();
      const rows = await collector.context.store
        .selectFrom('incident_warnings')
        .select('warning')
        .where('incident_id', '=', id)
        .execute();
      return rows.map(({ warning }) => warning);
    };
    expect(await own()).toEqual([]);
    clock.advance(50 * 3_600_000);
    expect(await own()).toEqual(['incident-clock-ending']);
    clock.advance(23 * 3_600_000);
    expect((await own()).sort()).toEqual(['incident-clock-ending', 'incident-clock-over']);
    const alerts = await collector.context.store
      .selectFrom('alerts')
      .select('id')
      .where('rule_id', '=', 'incident-clock-over')
      .where('device', 'is not', null)
      .execute();
    expect(alerts.length).toBeGreaterThan(0);
  });
});

function fail(): never {
  throw new Error('there is no incident');
}

function ownRow() {
  return {
    ...{
      no: 0,
      id: '01a20786-bb40-728c-85d0-c4d6bc710000',
      public_key: '',
      hostname: 'the collector',
      state: 'collector' as const,
    },
    ...{ enrolled_at: 0, head_seq: 0, head_link: Buffer.alloc(32), last_seen_at: null, agent_version: null, os: null },
    ...{ policy_version: null, coverage: null, status: null, inventory: null, head_proof: null, code_secret: null },
  };
}
