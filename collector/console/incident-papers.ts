import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '../accounts/audit.ts';
import { evidenceBundle, reportPdf } from '../incidents/evidence-bundle.ts';
import { formText } from '../incidents/form-text.ts';
import type { IncidentRow } from '../incidents/incident-list.ts';
import { sectionFacts } from '../incidents/incident-words.ts';
import { incidentRecord, namesConcerned } from '../incidents/record.ts';
import { reportBlocks } from '../incidents/report.ts';
import { approvalsLeft, ownWork } from '../incidents/rights.ts';
import { sections } from '../incidents/sections.ts';
import { sectionHistory } from '../incidents/sections-kept.ts';
import { addToTimeline } from '../incidents/timeline.ts';
import { partWords } from './approval-words.ts';
import { doerOf, incidentSeen } from './incident-looking.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf } from './visit.ts';
import { moment } from './words.ts';

interface Params {
  Params: { id: string };
}

/** What an incident is printed, sent and approved as. */
export function incidentPaperRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  app.get<Params>('/incidents/:id/print', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const blocks = reportBlocks(await incidentRecord(store, row, clock.now()));
    const data = { blocks, back: `/incidents/${row.id}`, pdf: `/incidents/${row.id}/pdf`, at: moment(clock.now()) };
    return sendPage(context, request, reply, {
      name: 'incident-print',
      title: `${row.number}: report`,
      section: 'incidents',
      data,
    });
  });

  app.get<Params>('/incidents/:id/pdf', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const now = clock.now();
    return sendFile(
      reply,
      'application/pdf',
      `${row.number}.pdf`,
      await reportPdf(await incidentRecord(store, row, now), now),
    );
  });

  app.get<Params>('/incidents/:id/bundle', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const { accountId, now } = doerOf(context, request);
    const zip = await evidenceBundle(store, row, context.policies.signer, now);
    await store.transaction().execute(async (tx) => {
      await addToTimeline(tx, row.id, { at: now, accountId, action: 'exported' });
      await recordAudit(tx, { at: now, accountId, action: 'incident.exported', object: row.id });
    });
    return sendFile(reply, 'application/zip', `${row.number}-evidence.zip`, zip);
  });

  app.get<Params>('/incidents/:id/form', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const record = await incidentRecord(store, row, clock.now());
    const history = await sectionHistory(store, row.id);
    const data = {
      back: `/incidents/${row.id}`,
      number: row.number,
      clock: record.clock.words,
      blocks: formText(record, await namesConcerned(store, row)),
      history: history
        .toSorted((one, other) => other.at - one.at)
        .map((one) => ({
          title: sections[one.section].title,
          at: moment(one.at),
          by: one.who ?? 'The collector',
          facts: sectionFacts(one.section, one.values).map(([term, text]) => ({ term, text })),
        })),
    };
    const title = `${row.number}: text for the DSPT and ICO form`;
    return sendPage(context, request, reply, { name: 'incident-form', title, section: 'incidents', data });
  });

  app.get<Params>('/incidents/:id/approval', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    return row ? sendApprovalPage(context, request, reply, row) : reply.callNotFound();
  });
}

/** The whole report, and under it the verdict of whoever is asked for one. */
export async function sendApprovalPage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  row: IncidentRow,
  errors: FormError[] = [],
): Promise<string> {
  const record = await incidentRecord(context.store, row, context.clock.now());
  const by = doerOf(context, request);
  const left = row.state === 'for-approval' ? approvalsLeft(record.needed, record.approvals, row.submitted_at) : [];
  const mine = left.find(({ part }) => part === by.role);
  const own = ownWork(by, row);
  return sendPage(context, request, reply, {
    name: 'incident-approval',
    title: `${row.number}: approval`,
    section: 'incidents',
    errors,
    data: {
      id: row.id,
      revision: row.revision,
      back: `/incidents/${row.id}`,
      blocks: reportBlocks(record),
      waiting: left.map(({ part, clause }) => `${partWords(part)} (${clause})`).join(', '),
      as: mine && partWords(mine.part),
      clause: mine?.clause,
      own: mine && own,
      mayApprove: mine !== undefined && own === undefined,
      typed: errors.length > 0 ? fieldOf(request.body, 'reason').slice(0, 2000) : '',
    },
  });
}

function sendFile(reply: FastifyReply, type: string, name: string, content: Uint8Array): FastifyReply {
  return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).send(Buffer.from(content));
}
