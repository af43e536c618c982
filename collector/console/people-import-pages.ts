import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isoTime } from '#shared/clock.ts';
import { InvalidError } from '#shared/errors.ts';
import { writeCsv } from '../register/csv.ts';
import { type Person, peopleOf } from '../register/people.ts';
import {
  importPeople,
  type PeopleFile,
  type PeoplePlan,
  peopleColumns,
  planPeople,
  textOf,
} from '../register/people-import.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { ownOrganisation } from './people-pages.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted } from './words.ts';

/** Thousands of people, and no film. Bytes of the whole form. */
const bodyLimit = 2 * 1024 * 1024;
const changesShown = 500;

/** A list of people: looked at first, then applied. And the same for one person, as a form. */
export function peopleImportRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/people/import', (request, reply) => sendImport(context, request, reply, { text: '', complete: false }));

  app.post('/people/import', { bodyLimit }, async (request, reply) => {
    const file = fileOf(context, request);
    const fingerprint = fieldOf(request.body, 'fingerprint');
    const by = { accountId: visitOf(request).account.id, now: clock.now(), fingerprint };
    try {
      if (fingerprint === '')
        return sendImport(context, request, reply, { ...file, plan: await planPeople(store, file) });
      return sendImport(context, request, reply, {
        text: '',
        complete: false,
        done: await importPeople(store, file, by),
      });
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      return sendImport(context, request, reply, { ...file, errors: faultsOf(error, 'text') });
    }
  });

  app.get('/people/new', async (request, reply) => {
    const reference = fieldOf(request.query, 'reference');
    const standing = await peopleOf(store, ownOrganisation(context, request, ''));
    const person = standing.find((one) => one.reference === reference);
    return sendPersonForm(context, request, reply, formOf(person));
  });

  app.post('/people/new', async (request, reply) => {
    const form = Object.fromEntries(
      peopleColumns.map((column) => [column, fieldOf(request.body, column).slice(0, 2000)]),
    );
    const text = writeCsv(peopleColumns, [peopleColumns.map((column) => form[column] ?? '')]);
    const file = { ...fileOf(context, request), text, complete: false };
    try {
      await importPeople(store, file, { accountId: visitOf(request).account.id, now: clock.now() });
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      return sendPersonForm(context, request, reply, form, faultsOf(error, 'reference'));
    }
    const saved = (await peopleOf(store, file.organisation)).find(
      ({ reference }) => reference === form.reference?.trim(),
    );
    return reply.redirect(saved ? `/people/${saved.id}` : '/people', 303);
  });
}

function fileOf(context: ConsoleContext, request: FastifyRequest): PeopleFile {
  return {
    organisation: ownOrganisation(context, request, fieldOf(request.body, 'organisation')),
    text: fieldOf(request.body, 'text'),
    complete: fieldOf(request.body, 'complete') === 'yes',
    today: isoTime(context.clock.now()).slice(0, 10),
  };
}

/** One fault a line of the message; a form of one person knows no lines. */
function faultsOf(error: InvalidError, field: string): FormError[] {
  const lines = error.message.split('\n').filter((line) => line !== 'Nothing was imported.');
  return lines.map((text) => ({ field, text: field === 'text' ? text : text.replace(/^Line \d+: /, '') }));
}

function formOf(person: Person | undefined): Record<string, string> {
  return Object.fromEntries(peopleColumns.map((column) => [column, person ? textOf(person, column) : '']));
}

interface ImportPage {
  text: string;
  complete: boolean;
  plan?: PeoplePlan;
  done?: PeoplePlan;
  errors?: FormError[];
}

function sendImport(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { text, complete, plan, done, errors = [] }: ImportPage,
): string {
  const data = {
    text,
    complete,
    columns: peopleColumns.join(','),
    plan: plan && planView(plan),
    done: done && `${counted(done.changes.length, 'change')} made.`,
  };
  return sendPage(context, request, reply, {
    name: 'people-import',
    title: 'Import people',
    section: 'people',
    errors,
    data,
  });
}

const kindWords = {
  add: { text: 'New', colour: 'green' },
  change: { text: 'Change', colour: 'blue' },
  leave: { text: 'Leaves', colour: 'orange' },
} as const;

function planView({ changes, unchanged, notInFile, fingerprint }: PeoplePlan) {
  return {
    fingerprint,
    any: changes.length > 0,
    summary: `${counted(changes.length, 'change')}, ${unchanged} unchanged, ${notInFile} not in the list`,
    more: changes.length > changesShown ? counted(changes.length - changesShown, 'change') : undefined,
    rows: changes.slice(0, changesShown).map(({ kind, reference, name, differences }) => ({
      kind: kindWords[kind],
      reference,
      name,
      what: differences.map(({ column, from, to }) => `${column}: ${from || 'nothing'} → ${to || 'nothing'}`),
    })),
  };
}

function sendPersonForm(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  form: Record<string, string>,
  errors: FormError[] = [],
): string {
  const title = form.reference ? 'Change a person' : 'Add a person';
  return sendPage(context, request, reply, { name: 'person-edit', title, section: 'people', errors, data: { form } });
}
