import type { FastifyInstance, FastifyRequest } from 'fastify';
import { scopeOf } from '../accounts/scope.ts';
import {
  type ListedNotice,
  listNotices,
  type NoticeCounts,
  type NoticeViewer,
  noticeCounts,
} from '../notices/notice-list.ts';
import { noticeReference } from '../notices/notices.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { severityTag, type Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

const stages = {
  open: 'waiting for an answer',
  overdue: 'overdue',
  answered: 'answered',
  'to-know': 'to know of',
} as const;
export type Stage = keyof typeof stages;
const shown = 200;

/** Notices of one's own teams, or that one's part was told of. */
export function noticeListRoute(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/notices', async (request, reply) => {
    const now = context.clock.now();
    const viewer = await noticeViewer(context, request);
    const stage = (Object.keys(stages) as Stage[]).find((one) => one === fieldOf(request.query, 'stage'));
    const rows = await listNotices(context.store, viewer, { now, ...(stage && { stage }) }, shown);
    const data = {
      figures: noticeFigures(await noticeCounts(context.store, viewer, now), stage),
      rows: rows.map((row) => noticeRow(row, now)),
      summary: rows.length === shown ? `The newest ${shown} notices` : counted(rows.length, 'notice'),
      isNarrowed: stage !== undefined,
      seesDelivery: mayUse(viewer.account.role, 'GET /notices/delivery'),
      seesTemplates: mayUse(viewer.account.role, 'GET /notices/templates'),
    };
    return sendPage(context, request, reply, { name: 'notice-list', title: 'Notices', section: 'notices', data });
  });
}

export async function noticeViewer({ store }: ConsoleContext, request: FastifyRequest): Promise<NoticeViewer> {
  const { account } = visitOf(request);
  return { account, scope: await scopeOf(store, account) };
}

const colours: Record<Stage, string> = { open: 'orange', overdue: 'red', answered: 'green', 'to-know': 'blue' };

export function noticeFigures(counts: NoticeCounts, current?: Stage) {
  return (Object.keys(stages) as Stage[]).map((stage) => ({
    text: stages[stage],
    count: counts[stage].toLocaleString('en-GB'),
    colour: counts[stage] === 0 ? 'grey' : colours[stage],
    href: `/notices?stage=${stage}`,
    current: stage === current,
  }));
}

export function stageTag({ state, due_at }: Pick<ListedNotice, 'state' | 'due_at'>, now: number): Tag {
  if (state === 'answered') return { text: 'Answered', colour: 'green' };
  if (due_at === null) return { text: 'To know of', colour: 'blue' };
  return due_at < now ? { text: 'Overdue', colour: 'red' } : { text: 'Waiting for an answer', colour: 'orange' };
}

export function noticeRow(notice: ListedNotice, now: number) {
  return {
    href: `/notices/${notice.id}`,
    reference: noticeReference(notice),
    title: notice.title,
    severity: severityTag(notice.severity),
    stage: stageTag(notice, now),
    computer: notice.hostname,
    times: counted(notice.count, 'time'),
    last: moment(notice.last_at),
    due: notice.state === 'open' && notice.due_at !== null ? moment(notice.due_at) : undefined,
  };
}
