import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { londonOffset } from '#shared/policy/london.ts';
import type { IncidentRow } from '../incidents/incident-list.ts';
import { sectionFacts } from '../incidents/incident-words.ts';
import { mayWrite } from '../incidents/rights.ts';
import {
  type Field,
  fieldsOf as fieldsOfSection,
  longestField,
  type SectionName,
  sectionNames,
  sections,
  type Values,
} from '../incidents/sections.ts';
import { keepSection, sectionHistory, sectionsOf } from '../incidents/sections-kept.ts';
import { cleanNote } from './alert-form.ts';
import { formErrors } from './form-errors.ts';
import { doerOf, incidentSeen } from './incident-looking.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, fieldsOf } from './visit.ts';
import { moment } from './words.ts';

interface Params {
  Params: { id: string; section: string };
}

/** One part of an incident as a form, with everything that stood in it before. */
export function incidentSectionRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store } = context;

  app.get<Params>('/incidents/:id/sections/:section', async (request, reply) => {
    const asked = await asks(request);
    if (!asked) return reply.callNotFound();
    const { values, revision } = (await sectionsOf(store, asked.row.id))[asked.section];
    return sendForm(request, reply, asked, { values, seen: revision });
  });

  app.post<Params>('/incidents/:id/sections/:section', async (request, reply) => {
    const asked = await asks(request);
    if (!asked) return reply.callNotFound();
    const { row, section } = asked;
    const values = readSection(section, request.body);
    const seen = Number(fieldOf(request.body, 'revision'));
    try {
      const given = { incidentId: row.id, section, values, seen };
      await store.transaction().execute((tx) => keepSection(tx, given, doerOf(context, request)));
    } catch (error) {
      const [first] = fieldsOfSection(section);
      return sendForm(request, reply, asked, { values, seen }, formErrors(error, first?.[0] ?? 'revision'));
    }
    return reply.redirect(`/incidents/${row.id}?done=kept#${section}`, 303);
  });

  async function asks(
    request: FastifyRequest<Params>,
  ): Promise<{ row: IncidentRow; section: SectionName } | undefined> {
    const row = await incidentSeen(context, request, request.params.id);
    const section = sectionNames.find((name) => name === request.params.section);
    return row && section && mayWrite(doerOf(context, request), row) ? { row, section } : undefined;
  }

  async function sendForm(
    request: FastifyRequest,
    reply: FastifyReply,
    { row, section }: { row: IncidentRow; section: SectionName },
    { values, seen }: { values: Values; seen: number },
    errors: FormError[] = [],
  ) {
    const history = (await sectionHistory(store, row.id)).filter((one) => one.section === section);
    const isBehind = (history.at(-1)?.revision ?? 0) !== seen;
    return sendPage(context, request, reply, {
      name: 'incident-section',
      title: sections[section].title,
      section: 'incidents',
      errors,
      data: {
        number: row.number,
        back: `/incidents/${row.id}#${section}`,
        action: `/incidents/${row.id}/sections/${section}`,
        // A form that was behind can be sent again once its sender has seen what stands there now.
        revision: isBehind ? (history.at(-1)?.revision ?? 0) : seen,
        standing: isBehind ? factsOf(section, history.at(-1)?.values) : undefined,
        fields: fieldsOfSection(section).map(([name, field]) => fieldView(name, field, values[name])),
        history: history.toReversed().map((one) => ({
          at: moment(one.at),
          who: one.who ?? 'The collector',
          facts: factsOf(section, one.values),
        })),
      },
    });
  }
}

function factsOf(section: SectionName, values: Values = {}) {
  return sectionFacts(section, values).map(([term, text]) => ({ term, text }));
}

function fieldView(name: string, field: Field, value: Values[string] | undefined) {
  const common = { name, kind: field.kind, label: field.label, hint: field.hint };
  if (field.kind === 'choice' || field.kind === 'many') {
    const items = Object.entries(field.options).map(([option, text]) => ({ value: option, text }));
    return { ...common, items, value: field.kind === 'many' ? undefined : value, values: [value ?? []].flat() };
  }
  if (field.kind === 'moment') return { ...common, value: typeof value === 'number' ? localTime(value) : '' };
  return { ...common, value: value ?? '' };
}

/** What was typed, for the schema to check. Pure. */
export function readSection(section: SectionName, body: unknown): Values {
  const read = (name: string, field: Field) => {
    switch (field.kind) {
      case 'line':
        return cleanNote(fieldOf(body, name)).replaceAll('\n', ' ').slice(0, 255);
      case 'text':
        return cleanNote(fieldOf(body, name)).slice(0, longestField);
      case 'choice':
        return fieldOf(body, name);
      case 'many':
        return [...new Set(fieldsOf(body, name))];
      case 'moment':
        return instantIn(fieldOf(body, name));
    }
  };
  return Object.fromEntries(fieldsOfSection(section).map(([name, field]) => [name, read(name, field)]));
}

/** A time of day in London as a browser sends it; null for none, and -1 for what is none, which the schema refuses. */
export function instantIn(text: string): number | null {
  if (text.trim() === '') return null;
  const asUtc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(asUtc) ? -1 : asUtc - londonOffset(asUtc - londonOffset(asUtc));
}

/** `2026-11-30T09:15`, the clock in London. */
function localTime(at: number): string {
  return new Date(at + londonOffset(at)).toISOString().slice(0, 16);
}
