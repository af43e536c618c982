import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError } from '#shared/errors.ts';
import { displayNames } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { alertEvents } from '../alerting/alert-detail.ts';
import { type AnswerKind, addSide, answerNotice, answers } from '../notices/answers.ts';
import { whatWasDone } from '../notices/did.ts';
import { withoutSignatures } from '../notices/links.ts';
import { steps } from '../notices/message.ts';
import {
  deliveriesOf,
  isRecipient,
  type ListedNotice,
  type NoticeViewer,
  noticeById,
  noticeHistory,
  recipientsOf,
} from '../notices/notice-list.ts';
import { acknowledge, alertsOf, markRead, noticeReference } from '../notices/notices.ts';
import { partWords, routeWords } from '../notices/parts.ts';
import { personById } from '../register/people.ts';
import type { NoticeAction, NoticeHistoryTable, NoticeRecipientsTable } from '../store/notice-tables.ts';
import { mayUse } from './access.ts';
import { cleanNote } from './alert-form.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { deliveryRow } from './notice-delivery-page.ts';
import { noticeFacts } from './notice-facts.ts';
import { noticeRow, noticeViewer } from './notice-list-page.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment, sentence } from './words.ts';

interface Form {
  answer: string;
  approval: string;
  comment: string;
  side: string;
}
const emptyForm: Form = { answer: '', approval: '', comment: '', side: '' };

/** One notice: what was recorded, the rule, what to do, and the form for the answer. */
export function noticeRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get<{ Params: { id: string } }>('/notices/:id', async (request, reply) => {
    const seen = await visibleNotice(context, request, request.params.id);
    if (!seen) return reply.callNotFound();
    const { account } = visitOf(request);
    const now = clock.now();
    await recordAudit(store, { at: now, accountId: account.id, action: 'notice.viewed', object: seen.notice.id });
    await markRead(store, seen.notice.id, seen.own, { accountId: account.id, now });
    return sendNotice(context, request, reply, seen);
  });

  app.post<{ Params: { id: string } }>('/notices/:id', async (request, reply) => {
    const seen = await visibleNotice(context, request, request.params.id);
    if (!seen) return reply.callNotFound();
    const form = formOf(request.body);
    const action = fieldOf(request.body, 'action');
    const field = action === 'side' ? 'side' : form.answer === '' ? 'answer' : 'comment';
    try {
      await takeAction(context, request, seen, action, form);
    } catch (error) {
      return sendNotice(context, request, reply, seen, { form, errors: formErrors(error, field) });
    }
    return reply.redirect(`/notices/${seen.notice.id}?done=${action in doneWords ? action : ''}`, 303);
  });
}

const doneWords: Record<string, string> = {
  read: 'Thank you. It is noted that you have read this.',
  side: 'What the person says has been added.',
  answer: 'Thank you. Your answer is kept, and those who look into it can see it.',
};

interface Seen {
  notice: ListedNotice;
  viewer: NoticeViewer;
  recipients: NoticeRecipientsTable[];
  /** Ids of the recipients that this person is. */
  own: string[];
}

async function visibleNotice(context: ConsoleContext, request: FastifyRequest, id: string): Promise<Seen | undefined> {
  const viewer = await noticeViewer(context, request);
  const notice = await noticeById(context.store, viewer, id);
  if (!notice) return undefined;
  const recipients = await recipientsOf(context.store, id);
  const own = recipients.filter((one) => one.part !== 'person' && isRecipient(one, viewer.account));
  return { notice, viewer, recipients, own: own.map((one) => one.id) };
}

function formOf(body: unknown): Form {
  return {
    answer: fieldOf(body, 'answer'),
    approval: fieldOf(body, 'approval').trim().slice(0, 64),
    comment: cleanNote(fieldOf(body, 'comment')),
    side: cleanNote(fieldOf(body, 'side')),
  };
}

async function takeAction(
  { store, clock, changes, openIncident }: ConsoleContext,
  request: FastifyRequest,
  { notice, own }: Seen,
  action: string,
  form: Form,
): Promise<void> {
  const accountId = visitOf(request).account.id;
  const now = clock.now();
  if (action === 'read') {
    return store.transaction().execute(async (tx) => {
      await acknowledge(tx, notice.id, own, { accountId, now });
      await recordAudit(tx, { at: now, accountId, action: 'notice.acknowledged', object: notice.id });
    });
  }
  if (action === 'side')
    return store.transaction().execute((tx) => addSide(tx, notice.id, form.side, { accountId, now }));
  const choices = choicesFor(openIncident !== undefined);
  const answer = choices.find((one) => one === form.answer);
  if (answer === undefined) throw new InvalidError('Choose what it turned out to be');
  const answering = { accountId, recipients: own, now, openIncident };
  await store.transaction().execute((tx) => answerNotice(tx, notice, { ...form, answer }, answering));
  changes.publish({ computerId: '', events: [], alertIds: await alertsOf(store, notice.id) });
}

function choicesFor(canRaise: boolean): AnswerKind[] {
  return (Object.keys(answers) as AnswerKind[]).filter((one) => one !== 'incident' || canRaise);
}

async function sendNotice(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  seen: Seen,
  { form = emptyForm, errors = [] }: { form?: Form; errors?: FormError[] } = {},
): Promise<string> {
  const { store, clock } = context;
  const { notice, recipients, own, viewer } = seen;
  const { role } = viewer.account;
  const alertIds = await alertsOf(store, notice.id);
  const event = (await alertEvents(store, alertIds.at(-1) ?? '')).at(-1)?.event;
  const policy = await context.notices.policyOf(store, notice.policy_version);
  const clause = policy?.clauses[notice.clause];
  const history = await noticeHistory(store, notice.id);
  const names = await displayNames(store, [
    ...history.flatMap(({ account_id }) => account_id ?? []),
    ...(notice.answered_by === null ? [] : [notice.answered_by]),
  ]);
  const isIct = mayUse(role, 'GET /notices/delivery');
  const data = {
    id: notice.id,
    notice: noticeRow(notice, clock.now()),
    first: moment(notice.first_at),
    person: await personLine(context, seen),
    facts: noticeFacts(event, notice),
    did: whatWasDone(event),
    clause: { number: notice.clause, title: clause?.title, says: clause?.says, policy: policy?.title },
    steps,
    routed: notice.routed === null ? undefined : routeWords(notice.routed),
    toldToo: [...new Set(recipients.filter(({ id }) => !own.includes(id)).map(({ part }) => partWords(part)))].join(
      ', ',
    ),
    keptFor: policy && counted(policy.retention.violationDays, 'day'),
    mayAnswer: mayUse(role, 'POST /notices/:id') && notice.state === 'open' && notice.due_at !== null,
    mayAddSide: mayUse(role, 'POST /notices/:id'),
    isConfirmed: recipients.some(({ id, acknowledged_at }) => own.includes(id) && acknowledged_at !== null),
    isAsked: own.length > 0,
    choices: choicesFor(context.openIncident !== undefined).map((value) => ({ value, text: answers[value] })),
    answer: answerView(notice, names),
    form,
    timeline: history.map((step) => stepItem(step, names)),
    alerts: mayUse(role, 'GET /alerts/:id') ? alertIds.map((id) => `/alerts/${id}`) : [],
    deliveries: isIct
      ? (await deliveriesOf(store, notice.id)).map((one) => ({
          ...deliveryRow({ ...one, number: notice.number }),
          text: one.text && withoutSignatures(one.text),
          sha256: one.sha256,
        }))
      : [],
    mayResend: mayUse(role, 'POST /notices/delivery/:id'),
    done: doneWords[fieldOf(request.query, 'done')],
  };
  const title = `${noticeReference(notice)}: ${notice.title}`;
  return sendPage(context, request, reply, { name: 'notice', title, section: 'notices', errors, data });
}

/** Only whoever supervises the person, or is asked for an answer, reads a name here. */
async function personLine(
  { store }: ConsoleContext,
  { notice, viewer, recipients, own }: Seen,
): Promise<string | undefined> {
  const isAsked = recipients.some(({ id, acts, part }) => own.includes(id) && (acts === 1 || part === 'manager'));
  if (viewer.account.role !== 'supervisor' && !isAsked) return undefined;
  const person = notice.person_id === null ? undefined : await personById(store, notice.person_id);
  if (person) return `${person.name}${person.team === '' ? '' : `, ${person.team}`}`;
  return notice.person === null ? 'Not recorded' : `Account ${notice.person}, whose it is is not in the register`;
}

function answerView(notice: ListedNotice, names: ReadonlyMap<string, string>) {
  if (notice.answer === null || notice.answered_at === null) return undefined;
  return {
    words: answers[notice.answer],
    approval: notice.approval,
    comment: notice.comment,
    incident: notice.incident_id,
    by: names.get(notice.answered_by ?? '') ?? 'A former account',
    at: moment(notice.answered_at),
  };
}

const stepWords: Partial<Record<NoticeAction, string>> = {
  opened: 'Recorded',
  repeated: 'Recorded again',
  told: 'Told',
  sent: 'Mail accepted by the mail server',
  undelivered: 'Mail could not be delivered',
  read: 'Opened',
  acknowledged: 'Confirmed as read',
  reminded: 'Reminder',
  escalated: 'Went to those above',
  'handed-over': 'Handed to the deputy',
  overdue: 'Answer is late, reminder',
  side: 'The person’s side',
  resent: 'Sent again',
};

function stepItem({ action, account_id, at, note }: NoticeHistoryTable, names: ReadonlyMap<string, string>) {
  const by = account_id === null ? 'The collector' : (names.get(account_id) ?? 'A former account');
  return {
    title: stepWords[action] ?? sentence(action),
    by: action === 'side' && account_id === null ? 'The person concerned, by the link they were sent' : by,
    at: moment(at),
    text: note ?? undefined,
  };
}
