import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { displayNames } from '../accounts/accounts.ts';
import { roleWords } from '../accounts/roles.ts';
import { disclosureApprovers } from '../exports/disclosure-approvers.ts';
import { disclosureBundle } from '../exports/disclosure-bundle.ts';
import {
  copiesOf,
  type Disclosure,
  decideDisclosure,
  disclosureById,
  listDisclosures,
  noteCopy,
  prepareDisclosure,
} from '../exports/disclosures.ts';
import { mayUse } from './access.ts';
import { askedOf, type DisclosureForm, readDisclosureForm } from './disclosure-form.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { onRecord } from './seen.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { dayMoment, moment, size } from './words.ts';

interface Params {
  Params: { id: string };
}

/** Records for somebody with a right to them: one person prepares, another lets it go, and the register keeps both. */
export function disclosureRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  app.get('/disclosures', async (request, reply) => {
    const list = await listDisclosures(store);
    const names = await displayNames(store, [...new Set(list.map((one) => one.prepared_by))]);
    return sendPage(context, request, reply, {
      name: 'disclosures',
      title: 'Disclosures',
      section: 'disclosures',
      data: {
        rows: list.map((one) => ({
          href: `/disclosures/${one.id}`,
          number: one.number,
          state: tags[one.state],
          requester: one.asked.requester,
          reference: one.asked.reference,
          prepared: moment(one.prepared_at),
          by: names.get(one.prepared_by) ?? 'A former account',
        })),
        mayPrepare: mayUse(visitOf(request).account.role, 'POST /disclosures/new'),
      },
    });
  });

  function form(request: FastifyRequest, reply: FastifyReply, filled: DisclosureForm, errors: FormError[] = []) {
    const page = { name: 'disclosure-new', title: 'Prepare a disclosure', section: 'disclosures', errors } as const;
    return sendPage(context, request, reply, { ...page, data: { form: filled } });
  }

  app.get('/disclosures/new', (request, reply) => form(request, reply, readDisclosureForm({})));

  app.post('/disclosures/new', async (request, reply) => {
    const filled = readDisclosureForm(request.body);
    const read = await askedOf(context, filled);
    if ('errors' in read) return form(request, reply, filled, read.errors);
    const by = { accountId: visitOf(request).account.id, now: clock.now() };
    try {
      const id = await prepareDisclosure(store, read.asked, by);
      return reply.redirect(`/disclosures/${id}?done=prepared`, 303);
    } catch (error) {
      return form(request, reply, filled, formErrors(error, 'people'));
    }
  });

  app.get<Params>('/disclosures/:id', async (request, reply) => {
    const found = await disclosureById(store, request.params.id);
    if (!found) return reply.callNotFound();
    const seen = { action: 'disclosure.viewed', object: found.id } as const;
    return onRecord(context, request, seen, () => sendDisclosure(context, request, reply, found));
  });

  app.post<Params>('/disclosures/:id', async (request, reply) => {
    const found = await disclosureById(store, request.params.id);
    if (!found) return reply.callNotFound();
    const { id: accountId, role } = visitOf(request).account;
    const verdict = fieldOf(request.body, 'action');
    if (verdict !== 'approved' && verdict !== 'refused') return reply.redirect(`/disclosures/${found.id}`, 303);
    const decision = {
      id: found.id,
      approved: verdict === 'approved',
      reason: fieldOf(request.body, 'reason').slice(0, 255),
    };
    const approvers = disclosureApprovers[context.profile];
    try {
      await decideDisclosure(store, decision, { accountId, role, approvers, now: clock.now() });
    } catch (error) {
      return sendDisclosure(context, request, reply, found, formErrors(error, 'reason'));
    }
    return reply.redirect(`/disclosures/${found.id}?done=${verdict}`, 303);
  });

  app.post<Params>('/disclosures/:id/copy', async (request, reply) => {
    const found = await disclosureById(store, request.params.id);
    if (!found) return reply.callNotFound();
    try {
      const { zip, sha256, events } = await disclosureBundle(store, context.organisation, found);
      const by = visitOf(request).account.id;
      await noteCopy(store, { disclosure_id: found.id, at: clock.now(), by, sha256, bytes: zip.length, events });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="disclosure-${found.number}.zip"`)
        .send(Buffer.from(zip));
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error;
      return sendDisclosure(context, request, reply, found, formErrors(error, 'copy'));
    }
  });
}

const tags: Readonly<Record<Disclosure['state'], Tag>> = {
  prepared: { text: 'Waits for a decision', colour: 'yellow' },
  approved: { text: 'Approved', colour: 'green' },
  refused: { text: 'Refused', colour: 'grey' },
};

const doneWords = new Map([
  ['prepared', 'It is written down and waits for somebody else’s decision.'],
  ['approved', 'You have approved this disclosure. It can be handed over now.'],
  ['refused', 'You have refused this disclosure.'],
]);

async function sendDisclosure(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Disclosure,
  errors: FormError[] = [],
): Promise<string> {
  const { store, profile } = context;
  const { account } = visitOf(request);
  const approvers = disclosureApprovers[profile];
  const copies = await copiesOf(store, found.id);
  const ids = [found.prepared_by, found.decided_by, ...copies.map((copy) => copy.by)].filter((id) => id !== null);
  const names = await displayNames(store, [...new Set(ids)]);
  const nameOf = (id: string | null) =>
    id === null ? 'A command at the collector' : (names.get(id) ?? 'A former account');
  return sendPage(context, request, reply, {
    name: 'disclosure',
    title: `Disclosure ${found.number}`,
    section: 'disclosures',
    errors,
    data: {
      id: found.id,
      state: tags[found.state],
      facts: await factsOf(context, found, nameOf),
      decision: found.decided_at !== null && {
        verdict: found.state === 'approved' ? 'Approved' : 'Refused',
        by: nameOf(found.decided_by),
        clause: found.clause,
        at: moment(found.decided_at),
        reason: found.decision_reason,
      },
      decides: approvers.roles.map((role) => roleWords[role]).join(' or '),
      clause: approvers.clause,
      own: found.state === 'prepared' && found.prepared_by === account.id,
      mayDecide:
        found.state === 'prepared' && found.prepared_by !== account.id && approvers.roles.includes(account.role),
      mayCopy: found.state === 'approved' && mayUse(account.role, 'POST /disclosures/:id/copy'),
      copies: copies.map((copy) => ({
        at: moment(copy.at),
        by: nameOf(copy.by),
        events: copy.events.toLocaleString('en-GB'),
        size: size(copy.bytes),
        sha256: copy.sha256,
      })),
      typed: errors.length > 0 ? fieldOf(request.body, 'reason').slice(0, 255) : '',
      done: doneWords.get(fieldOf(request.query, 'done')),
    },
  });
}

async function factsOf({ store }: ConsoleContext, { asked, ...found }: Disclosure, nameOf: (id: string) => string) {
  const people = await store
    .selectFrom('people')
    .select('name')
    .where('id', 'in', ['', ...asked.people])
    .execute();
  const computers = await store
    .selectFrom('computers')
    .select('hostname')
    .where('id', 'in', ['', ...asked.computers])
    .execute();
  const list = (words: string[], none: string) => (words.length > 0 ? words.sort().join(', ') : none);
  return [
    { term: 'Requested by', text: asked.requester },
    { term: 'Their reference', text: asked.reference || 'None' },
    { term: 'Legal basis', text: asked.legalBasis },
    { term: 'What it is for', text: asked.purpose },
    {
      term: 'People',
      text: list(
        people.map(({ name }) => name),
        'None in particular: all events of the computers',
      ),
    },
    {
      term: 'Computers',
      text: list(
        computers.map(({ hostname }) => hostname),
        'Wherever these people worked',
      ),
    },
    { term: 'From', moment: dayMoment(asked.from) },
    { term: 'Until the end of', moment: dayMoment(asked.to - 1) },
    { term: 'Prepared by', text: nameOf(found.prepared_by) },
    { term: 'Prepared', moment: moment(found.prepared_at) },
  ];
}
