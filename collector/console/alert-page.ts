import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { displayNames, mayHandleAlerts } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { type AlertDetail, alertById, alertEvents, alertHistory, type StoredEvent } from '../alerting/alert-detail.ts';
import { policyVersion } from '../policies/policies.ts';
import type { AlertHistoryTable } from '../store/tables.ts';
import { outcomes, type StepForm } from './alert-form.ts';
import { alertsAddress } from './alert-query.ts';
import type { Fact } from './facts/fact.ts';
import { actorFacts, decisionFacts, outcomeFacts, storyOf } from './facts/story.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { severityTag, stateWords } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, type Moment, moment, sentence } from './words.ts';

export function alertRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const alert = await alertById(context.store, request.params.id);
    if (!alert) return reply.callNotFound();
    const { account } = visitOf(request);
    await recordAudit(context.store, {
      at: context.clock.now(),
      accountId: account.id,
      action: 'alert.viewed',
      object: alert.id,
    });
    return sendAlertPage(context, request, reply, { alert });
  });
}

const doneWords = new Map([
  ['acknowledged', 'You have acknowledged this alert.'],
  ['closed', 'You have closed this alert.'],
  ['reopened', 'You have reopened this alert.'],
  ['noted', 'Your note has been added.'],
]);

export async function sendAlertPage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { alert, form }: { alert: AlertDetail; form?: StepForm },
): Promise<string> {
  const { store } = context;
  const events = await alertEvents(store, alert.id);
  const history = await alertHistory(store, alert.id);
  const names = await displayNames(
    store,
    history.flatMap((step) => step.account_id ?? []),
  );
  return sendPage(context, request, reply, {
    name: 'alert',
    title: alert.title,
    section: 'alerts',
    errors: form?.errors ?? [],
    data: {
      alert: alertView(alert),
      clause: await clauseView(context, alert),
      newest: newestView(events),
      unseen: unseen(alert, events),
      timeline: timeline(events, history, names),
      mayHandle: mayHandleAlerts(visitOf(request).account.role),
      outcomes: Object.entries(outcomes).map(([value, text]) => ({ value, text })),
      form: { outcome: form?.outcome ?? '', reason: noteOf(form, 'closed'), note: noteOf(form, 'noted') },
      done: doneWords.get(fieldOf(request.query, 'done')),
      sameComputer: alertsAddress({ computerId: alert.computer_id }),
      sameRule: alertsAddress({ rule: alert.rule_id }),
    },
  });
}

function noteOf(form: StepForm | undefined, action: string): string {
  return form?.action === action ? form.note : '';
}

function alertView(alert: AlertDetail) {
  return {
    id: alert.id,
    severity: severityTag(alert.severity),
    state: stateWords[alert.state],
    isOpen: alert.state === 'open',
    isClosed: alert.state === 'closed',
    isGrave: alert.state !== 'closed' && (alert.severity === 'critical' || alert.severity === 'high'),
    outcome: alert.outcome === null ? undefined : (outcomes[alert.outcome as keyof typeof outcomes] ?? alert.outcome),
    computer: { name: alert.hostname, href: `/computers/${alert.computer_id}` },
    times: counted(alert.count, 'time'),
    first: moment(alert.first_at),
    last: moment(alert.last_at),
    rule: alert.rule_id,
    recipients: recipientWords(alert.recipients),
  };
}

function recipientWords(json: string): string {
  const list = JSON.parse(json) as string[];
  const short: Partial<Record<string, string>> = { ict: 'ICT', iao: 'IAO', siro: 'SIRO', 'ig-lead': 'IG lead' };
  return list.map((word) => short[word] ?? sentence(word)).join(', ');
}

/** The clause as the profile worded it when the alert was raised. */
async function clauseView({ store }: ConsoleContext, alert: AlertDetail) {
  const published = await policyVersion(store, alert.policy_version);
  const clause = published?.policy.clauses[alert.clause];
  return { number: alert.clause, title: clause?.title, says: clause?.says, version: String(alert.policy_version) };
}

/** What happened, in full, for the newest event: the one an analyst acts on. */
function newestView(events: readonly StoredEvent[]) {
  const event = events.at(-1)?.event;
  if (!event) return undefined;
  const story = storyOf(event);
  return {
    headline: story.headline,
    facts: [...actorFacts(event), ...story.facts],
    decision: event.decision && decisionFacts(event.decision),
    trace: event.decision?.trace.map((step) => ({
      rule: step.ruleId,
      tier: sentence(step.tier),
      decided: step.result === 'decided',
      because: step.because,
    })),
    outcome: event.outcome && outcomeFacts(event.outcome),
  };
}

function unseen(alert: AlertDetail, events: readonly StoredEvent[]): string | undefined {
  const missing = alert.count - events.length;
  if (missing <= 0 || events.length === 0) return undefined;
  return `The first ${counted(events.length, 'event')} of ${alert.count.toLocaleString('en-GB')} are shown.`;
}

interface TimelineItem {
  title: string;
  by: string;
  at: Moment;
  /** The collector's clock, where the computer's says something else. */
  received?: Moment;
  text?: string | undefined;
  facts?: Fact[];
  order: number;
}

/** Clocks that differ by less, in milliseconds, are called the same. */
const sameClock = 2 * 60_000;

function timeline(
  events: readonly StoredEvent[],
  history: readonly AlertHistoryTable[],
  names: ReadonlyMap<string, string>,
): TimelineItem[] {
  const items = [...events.map(eventItem), ...history.map((step) => stepItem(step, names))];
  // By the collector's clock, the only one all of them share.
  return items.sort((left, right) => left.order - right.order);
}

function eventItem({ event, kind, seq, at, receivedAt }: StoredEvent): TimelineItem {
  const story = event && storyOf(event);
  return {
    title: story?.headline ?? sentence(kind),
    by: `Event ${seq.toLocaleString('en-GB')} of this computer`,
    at: moment(at),
    ...(Math.abs(receivedAt - at) > sameClock ? { received: moment(receivedAt) } : {}),
    ...(event && story
      ? { facts: [...actorFacts(event), ...story.facts] }
      : { text: 'The details are no longer kept.' }),
    order: receivedAt,
  };
}

const stepWords: Record<AlertHistoryTable['action'], string> = {
  opened: 'Alert opened',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
  reopened: 'Reopened',
  noted: 'Note',
};

function stepItem(step: AlertHistoryTable, names: ReadonlyMap<string, string>): TimelineItem {
  const by = step.account_id === null ? 'The collector' : (names.get(step.account_id) ?? 'A former account');
  return { title: stepWords[step.action], by, at: moment(step.at), text: step.note ?? undefined, order: step.at };
}
