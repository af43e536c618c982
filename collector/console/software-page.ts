import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../accounts/roles.ts';
import { decidesAs } from '../approvals/requests.ts';
import { installsOf, type Title, titleById, versionsOf } from '../register/software-list.ts';
import { saveStanding, standings, type TitleStanding } from '../register/software-standing.ts';
import { mayUse } from './access.ts';
import { policyInForce } from './approval-list-page.ts';
import { type Fact, factList } from './facts/fact.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { againstView } from './software-against.ts';
import { approvalTag, seatsTag, sourceWords, standingTag } from './software-words.ts';
import { fieldOf, visitOf } from './visit.ts';
import { dayInWords, dayOf, moment } from './words.ts';

/** Text as it stands in the fields of the form. */
type Form = Omit<TitleStanding, 'seats' | 'standing'> & { seats: string; standing: string };

/** One title: where it is installed, in which versions, what was decided, and what the licence allows. */
export function softwareRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    title: Title,
    form: Form,
    errors: FormError[] = [],
  ) {
    const data = {
      ...(await titleData(context, title)),
      against: await againstView(context, request, title),
      form,
      standings,
      id: title.id,
      done: fieldOf(request.query, 'done') === 'saved',
      mayDecide: mayUse(visitOf(request).account.role, 'POST /software/:id'),
    };
    return sendPage(context, request, reply, {
      name: 'software',
      title: title.name,
      section: 'software',
      data,
      errors,
    });
  }

  app.get<{ Params: { id: string } }>('/software/:id', async (request, reply) => {
    const title = await titleById(store, request.params.id, clock.now());
    return title ? answer(request, reply, title, formOf(title)) : reply.callNotFound();
  });

  app.post<{ Params: { id: string } }>('/software/:id', async (request, reply) => {
    const title = await titleById(store, request.params.id, clock.now());
    if (!title) return reply.callNotFound();
    const form = readForm(request.body);
    const errors = faultsOf(form);
    if (isLoosened(title, form) && !(await maySayYes(context, visitOf(request).account.role))) {
      errors.push({
        field: 'standing',
        text: 'The policy leaves it to somebody else to permit software. Ask them for it',
      });
    }
    if (errors.length > 0) return answer(request, reply, title, form, errors);
    const changed = { accountId: visitOf(request).account.id, now: clock.now() };
    try {
      await store.transaction().execute((tx) => saveStanding(tx, title.id, standingOf(form), changed));
    } catch (error) {
      return answer(request, reply, title, form, formErrors(error, 'standing'));
    }
    return reply.redirect(`/software/${title.id}?done=saved`, 303);
  });
}

function formOf(title: Title): Form {
  return {
    standing: title.standing ?? '',
    toleratedUntil: title.tolerated_until === null ? '' : dayOf(title.tolerated_until - 1),
    unsupportedSince: title.unsupported_since ?? '',
    licence: title.licence ?? '',
    seats: title.seats?.toString() ?? '',
    licenceEnds: title.licence_ends ?? '',
    note: title.note ?? '',
  };
}

function readForm(body: unknown): Form {
  const text = (name: string) => fieldOf(body, name).trim();
  return {
    standing: text('standing'),
    toleratedUntil: text('toleratedUntil'),
    unsupportedSince: text('unsupportedSince'),
    licence: text('licence'),
    seats: text('seats'),
    licenceEnds: text('licenceEnds'),
    note: text('note'),
  };
}

function faultsOf({ standing, toleratedUntil, seats }: Form): FormError[] {
  return [
    ...(/^\d{0,7}$/.test(seats) ? [] : [{ field: 'seats', text: 'The number of seats is a whole number' }]),
    ...(standing === 'tolerated' && toleratedUntil === ''
      ? [{ field: 'toleratedUntil', text: 'Enter the day until which it is tolerated' }]
      : []),
  ];
}

/** Agents take it for agreed to what was not before: whose decision that is, the policy says. Pure. */
function isLoosened(before: Title, form: Form): boolean {
  const { standing, toleratedUntil } = formOf(before);
  if (form.standing === 'approved') return standing !== 'approved';
  if (form.standing === 'tolerated') return standing !== 'tolerated' || form.toleratedUntil !== toleratedUntil;
  return form.standing === '' && standing === 'disallowed';
}

async function maySayYes(context: ConsoleContext, role: Role): Promise<boolean> {
  return decidesAs(await policyInForce(context), 'software', role) !== undefined;
}

function standingOf({ standing, seats, toleratedUntil, ...rest }: Form): TitleStanding {
  return {
    ...rest,
    // The schema refuses what is none of its words.
    standing: standing as TitleStanding['standing'],
    toleratedUntil: standing === 'tolerated' ? toleratedUntil : '',
    seats: seats === '' ? null : Number(seats),
  };
}

async function titleData({ store }: ConsoleContext, title: Title) {
  const installs = await installsOf(store, title.id);
  return {
    standing: standingTag(title),
    seats: seatsTag(title.installs, title.seats, title.licence),
    facts: titleFacts(title),
    versions: await versionsOf(store, title.id),
    more: title.installs - installs.length,
    installs: installs.map((install) => ({
      name: install.hostname,
      href: `/computers/${install.id}`,
      version: install.version,
      approval: approvalTag(install.approval),
      since: moment(install.since),
    })),
  };
}

function titleFacts(title: Title): Fact[] {
  return factList({
    From: sourceWords(title.source),
    Publisher: title.publisher ?? 'Not told',
    'First seen': `${moment(title.first_at).words}, on ${title.first_hostname ?? 'a computer that is gone'}`,
    Computers: title.installs.toLocaleString('en-GB'),
    Licence: title.licence ?? 'None written down',
    'Seats held': title.seats?.toLocaleString('en-GB'),
    'Licence ends': title.licence_ends === null ? undefined : dayInWords(title.licence_ends),
    'Unsupported since': title.unsupported_since === null ? undefined : dayInWords(title.unsupported_since),
    Note: title.note ?? undefined,
  });
}
