import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TraceStep } from '#shared/policy/decision.ts';
import { displayNames } from '../accounts/accounts.ts';
import type { Role } from '../accounts/roles.ts';
import {
  type AlertDetail,
  alertById,
  alertEvents,
  alertHistory,
  type Related,
  relatedTo,
  type StoredEvent,
} from '../alerting/alert-detail.ts';
import { type AlertRow, alertRows } from '../alerting/alert-list.ts';
import { incidentOfAlert } from '../incidents/incidents.ts';
import { deviceId } from '../register/devices-seen.ts';
import { mayUse } from './access.ts';
import { outcomes, type StepForm } from './alert-form.ts';
import { alertsWithin, analysts, lookingAt } from './alert-looking.ts';
import { type AlertQuery, alertParameters, alertQueryIn, alertsAddress, filterOf } from './alert-query.ts';
import { alertAddress, rowView } from './alert-rows.ts';
import { eventItem, timeline } from './alert-timeline.ts';
import { actorFacts, decisionFacts, outcomeFacts, storyOf } from './facts/story.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { onRecord } from './seen.ts';
import { severityTag, stateWords } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment, sentence } from './words.ts';

export function alertRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const alert = await visibleAlert(context, request, request.params.id);
    if (!alert) return reply.callNotFound();
    const seen = { action: 'alert.viewed', object: alert.id } as const;
    return onRecord(context, request, seen, () => sendAlertPage(context, request, reply, { alert }));
  });
}

/** The alert, if it exists and this person may see it. */
export async function visibleAlert(
  context: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<AlertDetail | undefined> {
  return alertById(context.store, id, await alertsWithin(context, request));
}

const doneWords = new Map([
  ['acknowledged', 'You have acknowledged this alert.'],
  ['assigned', 'You have assigned this alert.'],
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
  const looking = await lookingAt(context, request);
  const query = alertQueryIn(fieldOf(request.method === 'POST' ? request.body : request.query, 'list'));
  const events = await alertEvents(store, alert.id);
  const history = await alertHistory(store, alert.id);
  const people = await analysts(context, looking.within);
  const names = await displayNames(store, [
    ...history.flatMap((step) => step.account_id ?? []),
    ...(alert.assignee_id === null ? [] : [alert.assignee_id]),
  ]);
  const { role } = visitOf(request).account;
  return sendPage(context, request, reply, {
    name: 'alert',
    title: alert.title,
    section: 'alerts',
    errors: form?.errors ?? [],
    data: {
      alert: alertView(alert, names),
      clause: await clauseView(context, alert),
      newest: newestView(events),
      unseen: unseen(alert, events),
      timeline: timeline(events, history, names),
      related: relatedView(await relatedTo(store, alert, looking.within), alert, query),
      mayHandle: mayUse(role, 'POST /alerts/:id'),
      incident: await incidentView(context, alert.id, role),
      mayAllow: mayUse(role, 'POST /alerts/:id/allow-once') && alert.device !== null,
      mayRequest: mayUse(role, 'POST /approvals/new') && !alert.isOwn,
      mayHold: mayUse(role, 'POST /retention/hold'),
      register: registerAddress(events, alert, role),
      me: looking.accountId,
      outcomes: Object.entries(outcomes).map(([value, text]) => ({ value, text })),
      assignees: [...people.map(({ id, name }) => ({ value: id, text: name })), { value: 'nobody', text: 'Nobody' }],
      form: { outcome: form?.outcome ?? '', reason: typed(form, 'closed'), note: typed(form, 'noted') },
      done: doneWords.get(fieldOf(request.query, 'done')),
      list: alertParameters(query),
      back: alertsAddress(query),
      next: await nextAddress(context, alert, query, request),
    },
  });
}

/** The incident it is in, or where one is raised. */
async function incidentView({ store }: ConsoleContext, alertId: string, role: Role) {
  const standing = await incidentOfAlert(store, alertId);
  if (standing) return { text: standing.number, href: `/incidents/${standing.id}` };
  return mayUse(role, 'POST /incidents/new') ? { text: undefined, href: `/incidents/new?alert=${alertId}` } : undefined;
}

function typed(form: StepForm | undefined, action: string): string {
  return form?.action === action ? form.note : '';
}

function alertView(alert: AlertDetail, names: ReadonlyMap<string, string>) {
  return {
    id: alert.id,
    severity: severityTag(alert.severity),
    state: stateWords[alert.state],
    isOpen: alert.state === 'open',
    isClosed: alert.state === 'closed',
    outcome: alert.outcome === null ? undefined : (outcomes[alert.outcome as keyof typeof outcomes] ?? alert.outcome),
    computer: { name: alert.hostname, href: alert.isOwn ? undefined : `/computers/${alert.computer_id}` },
    assignee: alert.assignee_id ?? '',
    assigned: alert.assignee_id === null ? 'Nobody' : (names.get(alert.assignee_id) ?? 'A former account'),
    device: alert.device,
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
async function clauseView({ clausesOf }: ConsoleContext, alert: AlertDetail) {
  const clause = (await clausesOf(alert.policy_version))?.[alert.clause];
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
    trace: event.decision?.trace.map(traceView),
    leftOut: event.decision?.leftOut,
    outcome: event.outcome && outcomeFacts(event.outcome),
  };
}

const resultWords: Record<TraceStep['result'], string> = {
  decided: 'decided',
  matched: 'fits, but was settled above it',
  reported: 'fits, and only reports',
  'nearly-matched': 'nearly fitted',
  unknown: 'could not be told',
  'not-matched': 'did not fit',
  off: 'is off',
};

function traceView({ tier, ruleId, result, because, rights = [] }: TraceStep) {
  return {
    rule: ruleId,
    tier: sentence(tier),
    decided: result === 'decided',
    result: resultWords[result],
    rights: rights.join(', '),
    because,
  };
}

function unseen(alert: AlertDetail, events: readonly StoredEvent[]): string | undefined {
  const missing = alert.count - events.length;
  if (missing <= 0 || events.length === 0) return undefined;
  return `The first ${counted(events.length, 'event')} of ${alert.count.toLocaleString('en-GB')} are shown.`;
}

/** The page of the medium in the register; nothing for what is no medium. */
function registerAddress(events: readonly StoredEvent[], { computer_no }: AlertDetail, role: Role): string | undefined {
  const data = events.at(-1)?.event?.data;
  const device = data && 'device' in data ? data.device : undefined;
  return device && mayUse(role, 'GET /media/:id') ? `/media/${deviceId(device, computer_no)}` : undefined;
}

function relatedView(
  { around, ofDevice, ofComputerAlerts, ofDeviceAlerts }: Related,
  alert: AlertDetail,
  query: AlertQuery,
) {
  const rows = (list: readonly AlertRow[]) => list.map((row) => rowView(row, query, new Map()));
  return {
    around: around.map(eventItem),
    ofDevice: ofDevice.map(eventItem),
    computerAlerts: rows(ofComputerAlerts),
    deviceAlerts: rows(ofDeviceAlerts),
    sameComputer: alertsAddress({ computerId: alert.computer_id }),
    sameRule: alertsAddress({ rule: alert.rule_id }),
    sameDevice: alert.device_key === null ? undefined : alertsAddress({ deviceKey: alert.device_key }),
    samePerson: alert.person === null ? undefined : alertsAddress({ person: alert.person }),
  };
}

/** The alert below this one in the list it was opened from. */
async function nextAddress(
  context: ConsoleContext,
  alert: AlertDetail,
  query: AlertQuery,
  request: FastifyRequest,
): Promise<string | undefined> {
  const filter = filterOf(query, await lookingAt(context, request));
  const place = { side: 'after', value: alert[query.order.column], id: alert.id } as const;
  const { rows } = await alertRows(context.store, filter, query.order, { size: 1, place });
  const { place: _place, ...list } = query;
  return rows[0] && alertAddress(rows[0].id, list);
}
