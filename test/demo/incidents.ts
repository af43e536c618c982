import { isRole, type Role } from '../../collector/accounts/roles.ts';
import { decide } from '../../collector/incidents/decisions.ts';
import { changeRecommendation, recommend, recommendationsOf } from '../../collector/incidents/recommendations.ts';
import type { Values } from '../../collector/incidents/sections.ts';
import { keepSection, sectionsOf } from '../../collector/incidents/sections-kept.ts';
import { approvalsWaiting, type Doer, takeStep } from '../../collector/incidents/steps.ts';
import type { IncidentsTable } from '../../collector/store/incident-tables.ts';
import type { StoreTransaction } from '../../collector/store/tables.ts';
import type { Desk } from './desk.ts';
import { accounts } from './people.ts';

const day = 24 * 3_600_000;
/** Days after an incident was opened on which each step is taken: what is older stands further. */
const daysUntil = { confirm: 1, assign: 2, submit: 5, approve: 8, close: 20 } as const;

/** An evening's work on incidents: each goes on by what its age asks, through the same doors as from the console. */
export async function handleIncidents({ store, ids }: Desk, now: number): Promise<void> {
  const waiting = await store
    .selectFrom('incidents')
    .selectAll()
    .where('state', 'not in', ['closed', 'no-incident'])
    .orderBy('serial')
    .execute();
  for (const incident of waiting) {
    await store.transaction().execute((tx) => goOn(tx, incident, { ids, now }));
  }
}

interface Evening {
  ids: Desk['ids'];
  now: number;
}

async function goOn(tx: StoreTransaction, incident: IncidentsTable, evening: Evening): Promise<void> {
  const age = (evening.now - incident.opened_at) / day;
  const analyst = doer('ict-analyst', evening);
  const step = (name: Parameters<typeof takeStep>[1]['step'], reason = '', by = analyst, seen = incident.revision) =>
    takeStep(tx, { incidentId: incident.id, step: name, seen, reason, investigatorId: analyst.accountId }, by);
  switch (incident.state) {
    case 'draft':
      if (age < daysUntil.confirm) return;
      if (incident.serial % 4 === 0) return step('dismiss', 'A drill of the ICT supplier, agreed beforehand.');
      await assess(tx, incident, analyst);
      return step('confirm');
    case 'confirmed':
      if (age < daysUntil.assign) return;
      await decideIco(tx, incident, evening);
      return step('assign');
    case 'investigating':
      if (age < daysUntil.submit) return;
      await investigate(tx, incident, evening);
      return step('submit');
    case 'for-approval':
      return age < daysUntil.approve ? undefined : approve(tx, incident, evening);
    case 'approved':
      if (age < daysUntil.close) return;
      await followUp(tx, incident, evening);
      return step('close');
    case 'closed':
    case 'no-incident':
      return;
  }
}

function doer(role: Role, { ids, now }: Evening): Doer {
  const account = accounts.find((one) => one.role === role);
  return { accountId: ids.get(account?.username ?? '') ?? '', role, personId: null, now };
}

type Part = Parameters<typeof keepSection>[1]['section'];

async function write(tx: StoreTransaction, { id }: IncidentsTable, section: Part, values: Values, by: Doer) {
  const standing = (await sectionsOf(tx, id))[section];
  const given = { incidentId: id, section, values: { ...standing.values, ...values }, seen: standing.revision };
  await keepSection(tx, given, by);
}

async function assess(tx: StoreTransaction, incident: IncidentsTable, by: Doer): Promise<void> {
  const type = incident.type ?? 'other';
  const narrative = 'The computer reported it, and the analyst on duty rang the team the next morning.';
  await write(tx, incident, 'what', { type, narrative, kinds: ['confidentiality'], nearMiss: 'no' }, by);
  await write(tx, incident, 'times', { aware: incident.opened_at, reported: by.now }, by);
  const impact = `${1 + (incident.serial % 4)}`;
  const because = 'The medium and the computer were both found. Nobody outside has held them.';
  await write(tx, incident, 'risk', { likelihood: '2', impact, because }, by);
}

async function decideIco(tx: StoreTransaction, incident: IncidentsTable, evening: Evening): Promise<void> {
  const reason = 'No data about people left the organisation, so that there is no risk to anybody.';
  await decide(tx, incident.id, { body: 'ico', told: false, reason, reference: '' }, doer('ig-lead', evening));
}

async function investigate(tx: StoreTransaction, incident: IncidentsTable, evening: Evening): Promise<void> {
  const by = doer('ict-analyst', evening);
  const keep = (section: Part, values: Values) => write(tx, incident, section, values, by);
  await keep('people', { records: 'none', subjects: 'none' });
  await keep('investigation', {
    steps: 'Read the events of the computer and of the medium. Heard the member of staff and the supervisor.',
    interviews: 'A member of staff; the supervisor of the team',
    findings: 'Nothing was copied to it. It had been taken along for a presentation.',
  });
  await keep('cause', {
    why1: 'The folder for presentations cannot be reached from the meeting room.',
    why2: 'The meeting room has no network of the organisation.',
    classes: ['process', 'technology'],
  });
  await keep('recovery', { containment: 'ICT has taken the medium in.', recovery: 'It was wiped.' });
  await keep('damage', { harm: 'None.', residual: 'It may happen again until the room has a network.' });
  await keep('damage', { classification: 'low' });
  const dueOn = new Date(by.now + 30 * day).toISOString().slice(0, 10);
  await recommend(tx, incident.id, { action: 'A network for the meeting room', owner: 'ICT supplier', dueOn }, by);
}

async function approve(tx: StoreTransaction, incident: IncidentsTable, evening: Evening): Promise<void> {
  const reason = 'The cause is found, and what is recommended answers it.';
  const parts = await approvalsWaiting(tx, incident);
  for (const [index, { part }] of parts.entries()) {
    if (!isRole(part)) continue;
    const given = { incidentId: incident.id, step: 'approve' as const, seen: incident.revision + index, reason };
    await takeStep(tx, given, doer(part, evening));
  }
}

async function followUp(tx: StoreTransaction, incident: IncidentsTable, evening: Evening): Promise<void> {
  const by = doer('ict-analyst', evening);
  const effect = 'Tried out in three meetings: the folder opens.';
  for (const { id } of await recommendationsOf(tx, incident.id)) {
    await changeRecommendation(tx, incident.id, { id, status: 'done', effect }, by);
  }
  const reason = 'Nobody is concerned.';
  const decision = { body: 'data-subjects' as const, told: false, reason, reference: '' };
  await decide(tx, incident.id, decision, doer('ig-lead', evening));
}
