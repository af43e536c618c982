import type { FastifyInstance, FastifyRequest } from 'fastify';
import { recordAudit } from '../accounts/audit.ts';
import { londonDay } from '../calendar/working-days.ts';
import { directoryOf } from '../notices/directory.ts';
import {
  type ListedDelivery,
  listDeliveries,
  type MissingSupervisor,
  missingSupervisors,
} from '../notices/notice-list.ts';
import { deliveryById, markBounced, outboxFigures, resend } from '../notices/outbox.ts';
import { routeOf } from '../notices/supervisor.ts';
import { type TemplateName, templateTitles } from '../notices/templates.ts';
import { listTeams, personById } from '../register/people.ts';
import type { NoticeDeliveriesTable } from '../store/notice-tables.ts';
import type { Store } from '../store/tables.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

const shown = 200;
const lookBack = 90 * 24 * 3_600_000;

/** What went out and what did not, for ICT; and whose supervisor nobody knows. */
export function noticeDeliveryRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/notices/delivery', async (request, reply) => {
    const now = clock.now();
    const figures = await outboxFigures(store, now);
    const data = {
      mails: context.notices.mails,
      figures: [
        { text: 'could not be delivered', count: `${figures.failed}`, colour: figures.failed > 0 ? 'red' : 'grey' },
        { text: 'wait to go out', count: `${figures.waiting}`, colour: figures.waiting > 0 ? 'blue' : 'grey' },
        { text: 'sent in the last day', count: `${figures.sentLastDay}`, colour: 'green' },
      ].map((figure) => ({ ...figure, href: '#deliveries' })),
      rows: (await listDeliveries(store, shown)).map(deliveryRow),
      missing: await missingView(context, now),
      mayResend: mayUse(visitOf(request).account.role, 'POST /notices/delivery/:id'),
      done: doneWords[fieldOf(request.query, 'done')],
    };
    const page = { name: 'notice-delivery', title: 'Delivery of notices', section: 'notices', data } as const;
    return sendPage(context, request, reply, page);
  });

  app.post<{ Params: { id: string } }>('/notices/delivery/:id', async (request, reply) => {
    const isResend = fieldOf(request.body, 'action') !== 'bounced';
    const { id } = request.params;
    if (!(await deliveryById(store, id))) return reply.callNotFound();
    await (isResend ? sendAgain(context, request, id) : noteBounce(context, request, id));
    return reply.redirect(`/notices/delivery?done=${isResend ? 'resent' : 'bounced'}`, 303);
  });
}

const doneWords: Record<string, string> = {
  resent: 'It goes out again now, to the address that the register has today.',
  bounced: 'It is noted that it came back. Mend the address, then send it again.',
};

async function sendAgain(
  { store, clock, notices }: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<void> {
  const now = clock.now();
  const accountId = visitOf(request).account.id;
  const address = await addressNow(store, id);
  await store.transaction().execute(async (tx) => {
    await resend(tx, id, { address, domain: notices.domain, now, accountId });
    await recordAudit(tx, { at: now, accountId, action: 'notice.resent', object: id });
  });
}

/** What the register has today: a wrong address is the usual reason that a mail came back. */
async function addressNow(store: Store, id: string): Promise<string | undefined> {
  const row = await store
    .selectFrom('notice_deliveries')
    .innerJoin('notice_recipients', 'notice_recipients.id', 'notice_deliveries.recipient_id')
    .select('notice_recipients.person_id')
    .where('notice_deliveries.id', '=', id)
    .executeTakeFirst();
  const person = row?.person_id ? await personById(store, row.person_id) : undefined;
  return person?.email || undefined;
}

async function noteBounce({ store, clock }: ConsoleContext, request: FastifyRequest, id: string): Promise<void> {
  const now = clock.now();
  const accountId = visitOf(request).account.id;
  await store.transaction().execute(async (tx) => {
    await markBounced(tx, id, { now, accountId });
    await recordAudit(tx, { at: now, accountId, action: 'notice.bounced', object: id });
  });
}

const states: Record<NoticeDeliveriesTable['state'], Tag> = {
  waiting: { text: 'Waiting', colour: 'blue' },
  leased: { text: 'On its way', colour: 'blue' },
  sent: { text: 'Accepted', colour: 'green' },
  failed: { text: 'Not delivered', colour: 'red' },
};

export function deliveryRow(delivery: ListedDelivery) {
  const { id, state, notice_id, number, template, channel, address, attempts, failure, sent_at, next_at } = delivery;
  const isWaiting = state === 'waiting' || state === 'leased';
  return {
    id,
    what: channel === 'mail' ? templateTitles[template as TemplateName] : 'To another program',
    reference: number === null ? undefined : `N-${number}`,
    href: notice_id === null ? undefined : `/notices/${notice_id}`,
    to: address,
    state: isWaiting && failure !== null ? { text: 'Trying again', colour: 'yellow' } : states[state],
    failure,
    planned: moment(delivery.planned_at),
    sent: state === 'sent' && sent_at !== null ? moment(sent_at) : undefined,
    next: isWaiting ? moment(next_at) : undefined,
    attempts: String(attempts),
    action:
      state === 'failed'
        ? { name: 'resent', text: 'Send again' }
        : state === 'sent' && channel === 'mail'
          ? { name: 'bounced', text: 'It came back' }
          : undefined,
  };
}

/** Those who still have no supervisor: what was mended since is no longer a task. */
async function missingView({ store, organisation }: ConsoleContext, now: number) {
  const day = londonDay(now);
  const directory = await directoryOf(store, organisation, { now, day });
  const teams = new Map((await listTeams(store)).map((team) => [team.id, team.name]));
  const found = await missingSupervisors(store, now - lookBack);
  const still = found.filter(({ personId }) => {
    const person = directory.people.get(personId ?? '');
    return routeOf(person, directory, day).personId === null;
  });
  return still.map((missing) => missingRow(missing, teams));
}

function missingRow(
  { person, personId, teamId, notices, last }: MissingSupervisor,
  teams: ReadonlyMap<string, string>,
) {
  const isKnown = personId !== null;
  return {
    who: isKnown ? 'A person of the register' : person === null ? 'Nobody was signed in' : `Account ${person}`,
    href: isKnown ? `/people/${personId}` : undefined,
    team: teams.get(teamId ?? '') ?? 'None',
    notices: counted(notices, 'notice'),
    last: moment(last),
    mend: isKnown ? 'Name a supervisor of the team' : 'Add the account to a person',
  };
}
