import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { investigators } from '../incidents/area.ts';
import { bodies, isBody } from '../incidents/decisions.ts';
import type { IncidentRow } from '../incidents/incident-list.ts';
import { actionWords, sectionFacts, sourceWords } from '../incidents/incident-words.ts';
import { isOpenToChange, isPossible } from '../incidents/life-cycle.ts';
import { obstacles } from '../incidents/obstacles.ts';
import { type IncidentRecord, incidentRecord } from '../incidents/record.ts';
import { frozenBlocks } from '../incidents/report.ts';
import { approvalsLeft, mayDecide, mayWrite, ownWork } from '../incidents/rights.ts';
import { suggestsReport } from '../incidents/risk.ts';
import { sectionNames, sections } from '../incidents/sections.ts';
import type { TimelineAction } from '../incidents/timeline.ts';
import { mayUse } from './access.ts';
import { partWords } from './approval-words.ts';
import { type Fact, factList } from './facts/fact.ts';
import { doerOf, incidentSeen, incidentStateTag, riskTag } from './incident-looking.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { onRecord } from './seen.ts';
import { severityTag } from './severity.ts';
import { fieldOf } from './visit.ts';
import { dayInWords, moment } from './words.ts';

interface Params {
  Params: { id: string };
}

/** One incident: where it stands, what is known, and a small form for each thing that can be done. */
export function incidentRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<Params>('/incidents/:id', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const seen = { action: 'incident.viewed', object: row.id } as const;
    return onRecord(context, request, seen, () => sendIncident(context, request, reply, row));
  });
}

const doneWords = new Map([
  ['opened', 'The incident is open, as a draft. Check what is known, and confirm it or find that it is none.'],
  ['kept', 'What you wrote is kept.'],
  ['confirm', 'The incident is confirmed. Give the investigation to somebody who does not own the area.'],
  ['dismiss', 'It is written down as no incident, with your reason.'],
  ['assign', 'The investigation is given.'],
  ['submit', 'The report is with those who approve it.'],
  ['approve', 'Your approval is written down.'],
  ['return', 'The report is returned to the investigation.'],
  ['close', 'The incident is closed.'],
  ['reopen', 'The incident is open again.'],
  ['decide', 'The decision is written down.'],
  ['recommend', 'The recommendation is made.'],
  ['follow-up', 'The recommendation is followed up.'],
  ['evidence', 'The piece of evidence is named.'],
  ['note', 'Your note has been added.'],
]);

/** @param faults of a form that was refused; what was typed then stands in it again */
export async function sendIncident(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  row: IncidentRow,
  faults: FormError[] = [],
): Promise<string> {
  const { store, clock } = context;
  const now = clock.now();
  const record = await incidentRecord(store, row, now);
  const by = doerOf(context, request);
  const canPost = mayUse(by.role, 'POST /incidents/:id');
  const writes = canPost && mayWrite(by, row);
  return sendPage(context, request, reply, {
    name: 'incident',
    title: `${row.number}: ${row.title}`,
    section: 'incidents',
    errors: faults,
    data: {
      id: row.id,
      number: row.number,
      revision: row.revision,
      state: incidentStateTag(row.state),
      risk: riskTag(row.risk),
      clock: clockView(record),
      facts: identityFacts(record),
      parts: partViews(record, writes),
      ...listsView(record, by.role),
      ...(await stepsView(context, record, writes)),
      approval: canPost ? approvalView(record, by) : undefined,
      mayDecide: canPost && row.state !== 'no-incident' && mayDecide(by, row),
      mayNote: canPost,
      mayExport: mayUse(by.role, 'GET /incidents/:id/bundle'),
      writes,
      bodies: Object.entries(bodies).map(([value, text]) => ({ value, text })),
      suggestion: suggestionWords(record),
      typed: faults.length > 0 ? typedIn(request.body) : {},
      done: doneWords.get(fieldOf(request.query, 'done')),
    },
  });
}

/** Under the ids of the fields, so that only the form that was refused is filled again. */
function typedIn(body: unknown): Record<string, string> {
  const action = fieldOf(body, 'action');
  const fields = Object.entries(Object(body) as Record<string, unknown>);
  return Object.fromEntries(
    fields.flatMap(([name, value]) => (typeof value === 'string' ? [[`${action}-${name}`, value.slice(0, 8000)]] : [])),
  );
}

function clockView({ clock }: IncidentRecord) {
  const isUrgent = clock.state === 'ending' || clock.state === 'over';
  return { words: clock.words, isUrgent, ends: clock.endsAt === null ? undefined : moment(clock.endsAt) };
}

function suggestionWords({ values: { risk } }: IncidentRecord): string | undefined {
  if (risk.likelihood === '' || risk.impact === '') return undefined;
  return suggestsReport(Number(risk.likelihood), Number(risk.impact))
    ? 'The initial assessment suggests that the ICO is told: a person decides.'
    : 'The initial assessment does not suggest that the ICO has to be told: a person decides.';
}

function identityFacts({ row, names }: IncidentRecord): Fact[] {
  const by = row.opened_by === null ? 'the collector' : (names.get(row.opened_by) ?? 'a former account');
  const when = (at: number | null) => (at === null ? undefined : moment(at).words);
  return factList({
    'Came from': sourceWords[row.source],
    Opened: `${moment(row.opened_at).words}, by ${by}`,
    Computer: row.hostname ?? undefined,
    Policy: row.profile === '' ? undefined : `${row.profile}, version ${row.policy_version}`,
    Confirmed: when(row.confirmed_at),
    Investigator: row.investigator ?? undefined,
    'Investigation due': when(row.due_at),
    'Sent for approval': when(row.submitted_at),
    Approved: when(row.approved_at),
    Closed: when(row.closed_at),
  });
}

function partViews({ row, sections: kept, values }: IncidentRecord, writes: boolean) {
  return sectionNames.map((name) => ({
    name,
    title: sections[name].title,
    isEmpty: kept[name].revision === 0,
    facts: sectionFacts(name, values[name]).map(([term, text]) => ({ term, text })),
    change:
      writes && (name === 'form' || isOpenToChange(row.state)) ? `/incidents/${row.id}/sections/${name}` : undefined,
  }));
}

function listsView(record: IncidentRecord, role: IncidentReader) {
  const { row, alerts, timeline, recommendations, decisions, evidence, earlier, approvals, frozen } = record;
  return {
    frozen: frozenBlocks(frozen),
    alerts: alerts.map((one) => ({
      ...{ title: one.title, hostname: one.hostname, clause: one.clause, count: one.count },
      severity: severityTag(one.severity),
      last: moment(one.last_at),
      href: mayUse(role, 'GET /alerts/:id') ? `/alerts/${one.id}` : undefined,
    })),
    earlier: {
      alerts: earlier.alerts,
      incidents: earlier.incidents.map((one) => ({
        ...one,
        opened: moment(one.openedAt),
        href: `/incidents/${one.id}`,
      })),
    },
    recommendations: recommendations.map((one) => ({ ...one, due: dayInWords(one.due_on) })),
    mayRecommend: isOpenToChange(row.state),
    mayFollow: row.state !== 'closed' && row.state !== 'no-incident',
    decisions: decisions.map((one) => ({
      ...{ body: isBody(one.body) ? bodies[one.body] : one.body, told: one.told === 1, reason: one.reason },
      ...{ who: one.who, at: moment(one.at), reference: one.reference },
    })),
    evidence: evidence.map((one) => ({ ...one, at: moment(one.at) })),
    approvals: approvals.map((one) => ({ ...one, part: partWords(one.part), at: moment(one.at) })),
    timeline: timeline.toReversed().map((one) => ({
      title: actionWords[one.action as TimelineAction] ?? one.action,
      at: moment(one.at),
      by: one.who ?? 'The collector',
      text: one.note,
    })),
  };
}

type IncidentReader = ReturnType<typeof doerOf>['role'];

/** Which steps can be taken now, and what is still to be done before each. */
async function stepsView({ store, clock }: ConsoleContext, record: IncidentRecord, writes: boolean) {
  const { row, values, recommendations, decisions } = record;
  if (!writes) return { steps: {}, todo: [] };
  const facts = { sections: values, recommendations, decided: decisions.map(({ body }) => body) };
  const can = (step: Parameters<typeof isPossible>[1]) => isPossible(row.state, step);
  const next = (['confirm', 'submit', 'close'] as const).find(can);
  const people = can('assign') ? await investigators(store, row, clock.now()) : [];
  return {
    steps: {
      ...{ confirm: can('confirm'), dismiss: can('dismiss'), submit: can('submit'), close: can('close') },
      ...{ assign: can('assign'), reopen: can('reopen') },
    },
    todo: next === undefined ? [] : obstacles(next, facts),
    investigators: people
      .filter((one) => one.conflicts.length === 0)
      .map(({ id, name }) => ({ value: id, text: name })),
    notIndependent: people
      .filter((one) => one.conflicts.length > 0)
      .map(({ name, conflicts }) => `${name}: ${conflicts.join(' ')}`),
    investigator: row.investigator_id ?? '',
  };
}

function approvalView({ row, needed, approvals }: IncidentRecord, by: ReturnType<typeof doerOf>) {
  if (row.state !== 'for-approval') return undefined;
  const left = approvalsLeft(needed, approvals, row.submitted_at);
  const mine = left.some(({ part }) => part === by.role);
  const own = mine ? ownWork(by, row) : undefined;
  return {
    waiting: left.map(({ part, clause }) => `${partWords(part)} (${clause})`).join(', '),
    href: mine && own === undefined ? `/incidents/${row.id}/approval` : undefined,
    own,
  };
}
