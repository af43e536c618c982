import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { listAudit } from '../accounts/audit-list.ts';
import { inScope } from '../accounts/roles.ts';
import { scopeOf } from '../accounts/scope.ts';
import { leadersOf, listPeople, type Person, personById } from '../register/people.ts';
import { peopleCsv } from '../register/people-export.ts';
import { historyDays, historyOf, mostShown, type PersonHistory } from '../register/person-history.ts';
import { exportPerson } from '../transparency/person-export.ts';
import { absenceRows } from './absence-rows.ts';
import { mayUse } from './access.ts';
import { auditWords } from './audit-words.ts';
import { storyOf } from './facts/story.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { onRecord } from './seen.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, dayInWords, moment } from './words.ts';

const day = 24 * 60 * 60 * 1000;
const lookersShown = 50;
const shortestReason = 10;

export function peopleRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/people', async (request, reply) => {
    const { account } = visitOf(request);
    const search = fieldOf(request.query, 'search').trim().slice(0, 255);
    const people = await listPeople(store, await scopeOf(store, account), search);
    const data = {
      search,
      summary: counted(people.length, 'person', 'people'),
      rows: people.slice(0, 2000).map(personRow),
      mayChange: mayUse(account.role, 'POST /people/import'),
      mayExport: mayUse(account.role, 'GET /people/export'),
    };
    return sendPage(context, request, reply, { name: 'people', title: 'People', section: 'people', data });
  });

  app.get('/people/export', async (request, reply) => {
    const { account } = visitOf(request);
    await recordAudit(store, { at: clock.now(), accountId: account.id, action: 'people.exported' });
    void reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="people.csv"');
    return peopleCsv(store, await scopeOf(store, account));
  });

  app.get<{ Params: { id: string } }>('/people/:id', async (request, reply) => {
    const person = await personInScope(context, request, request.params.id);
    if (!person) return reply.callNotFound();
    const seen = { action: 'person.viewed', object: person.id } as const;
    return onRecord(context, request, seen, () => sendPerson(context, request, reply, { person }));
  });

  app.post<{ Params: { id: string } }>('/people/:id/export', async (request, reply) => {
    const person = await personInScope(context, request, request.params.id);
    if (!person) return reply.callNotFound();
    const { id: accountId } = visitOf(request).account;
    const reason = fieldOf(request.body, 'reason').trim().slice(0, 255);
    if (reason.length < shortestReason) {
      const text = `Say in at least ${shortestReason} characters who asked for the copy and when`;
      return sendPerson(context, request, reply, { person, errors: [{ field: 'export-reason', text }] });
    }
    const now = clock.now();
    // On record before it is made, so that the copy itself tells of it.
    await recordAudit(store, { at: now, accountId, action: 'person.exported', object: person.id, detail: reason });
    const { zip } = await exportPerson(store, person, now);
    void reply.type('application/zip').header('content-disposition', 'attachment; filename="recorded-about-you.zip"');
    return reply.send(Buffer.from(zip));
  });

  app.post<{ Params: { id: string } }>('/people/:id/history', async (request, reply) => {
    const person = await personInScope(context, request, request.params.id);
    if (!person) return reply.callNotFound();
    const reason = fieldOf(request.body, 'reason').trim().slice(0, 255);
    const days = historyDays.find((number) => String(number) === fieldOf(request.body, 'days')) ?? 7;
    const form = { reason, days };
    if (reason.length < shortestReason) {
      const errors = [{ field: 'reason', text: 'Say in a sentence why you need to see what this person did' }];
      return sendPerson(context, request, reply, { person, form, errors });
    }
    const now = clock.now();
    // First the entry, then the history: nothing is seen that is not in the trail.
    const detail = `last ${days} days: ${reason}`;
    await recordAudit(store, {
      at: now,
      accountId: visitOf(request).account.id,
      action: 'person.history-opened',
      object: person.id,
      detail,
    });
    const history = await historyOf(store, person, now - days * day, now);
    return sendPerson(context, request, reply, { person, form, history });
  });
}

/** Undefined also for a person out of scope: whether they exist is not to be learnt. */
export async function personInScope(
  { store }: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<Person | undefined> {
  const person = await personById(store, id);
  const scope = await scopeOf(store, visitOf(request).account);
  return person && inScope(scope, { organisation: person.organisation, team: person.teamId }) ? person : undefined;
}

function personRow({ id, name, reference, team, accounts, supervises, deputises, leaves }: Person) {
  return {
    href: `/people/${id}`,
    name,
    reference,
    team: team || 'None',
    accounts: accounts.join(', ') || 'None known',
    leads:
      [...supervises.map((led) => `${led} (supervisor)`), ...deputises.map((led) => `${led} (deputy)`)].join(', ') ||
      'None',
    leaves: leaves === '' ? '' : dayInWords(leaves),
  };
}

interface PersonPage {
  person: Person;
  form?: { reason: string; days: number };
  history?: PersonHistory;
  /** What was typed of an absence. */
  absence?: { from: string; to: string };
  errors?: FormError[];
}

export async function sendPerson(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { person, form = { reason: '', days: 7 }, history, absence, errors = [] }: PersonPage,
): Promise<string> {
  const { store } = context;
  const { account } = visitOf(request);
  const lookers = await listAudit(store, { organisations: 'all' }, { object: person.id }, lookersShown);
  const data = {
    id: person.id,
    facts: await personFacts(context, person),
    mayOpen: mayUse(account.role, 'POST /people/:id/history'),
    mayCopy: mayUse(account.role, 'POST /people/:id/export'),
    mayChange: mayUse(account.role, 'POST /people/new'),
    hold: mayUse(account.role, 'POST /retention/hold') ? `/retention/hold?kind=person&object=${person.id}` : undefined,
    change: `/people/new?reference=${encodeURIComponent(person.reference)}`,
    form: { reason: form.reason },
    absences: await absenceRows(store, person, context.clock.now()),
    absence: absence ?? { from: '', to: '' },
    maySayAway: mayUse(account.role, 'POST /people/:id/absences'),
    periods: historyDays.map((days) => ({
      value: String(days),
      text: `Last ${counted(days, 'day')}`,
      selected: days === form.days,
    })),
    history: history && historyView(history),
    lookers: lookers.map((row) => ({
      who: row.who ?? 'The collector',
      what: auditWords(row.action),
      detail: row.detail,
      at: moment(row.at),
    })),
  };
  return sendPage(context, request, reply, { name: 'person', title: person.name, section: 'people', errors, data });
}

async function personFacts({ store }: ConsoleContext, person: Person) {
  const leaders = person.teamId === null ? [] : await leadersOf(store, person.teamId);
  const named = (part: string) =>
    leaders
      .filter((leader) => leader.part === part)
      .map(({ name }) => name)
      .join(', ') || 'Nobody';
  const { starts, leaves } = person;
  return [
    { term: 'Reference', text: person.reference },
    { term: 'Organisation', text: person.organisation },
    { term: 'Team', text: person.team || 'None' },
    { term: 'Supervisor', text: named('supervisor') },
    { term: 'Deputies', text: named('deputy') },
    { term: 'Leads', text: personRow(person).leads },
    { term: 'E-mail', text: person.email || 'Unknown' },
    { term: 'Names on computers', text: person.accounts.join(', ') || 'None known' },
    ...(starts === '' ? [] : [{ term: 'First day', text: dayInWords(starts) }]),
    ...(leaves === '' ? [] : [{ term: 'Last day', text: dayInWords(leaves) }]),
  ];
}

function historyView({ entries, more }: PersonHistory) {
  return {
    summary: more ? `The newest ${mostShown} of more events` : counted(entries.length, 'event'),
    rows: entries.map(({ at, computer, event }) => ({
      at: moment(at),
      computer: { name: computer.hostname, href: `/computers/${computer.id}` },
      what: storyOf(event).headline,
    })),
  };
}

/** @throws PortcullisError `notAllowed` for an organisation that the account does not see */
export function ownOrganisation({ organisation }: ConsoleContext, request: FastifyRequest, asked: string): string {
  const own = visitOf(request).account.organisation;
  const wanted = asked || own || organisation;
  if (own === null || own === wanted) return wanted;
  throw new PortcullisError('notAllowed', 'Your account is for another organisation.');
}
