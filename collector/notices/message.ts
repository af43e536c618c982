import type { Signer } from '#shared/identity.ts';
import { londonOffset } from '#shared/policy/london.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { cleanText } from '#shared/text.ts';
import { alertEvents } from '../alerting/alert-detail.ts';
import { moment } from '../console/words.ts';
import type { PolicyOf } from '../policies/policy-memory.ts';
import type { NoticeDeliveriesTable, NoticesTable } from '../store/notice-tables.ts';
import type { Store } from '../store/tables.ts';
import { webhookBody } from './channels/webhook.ts';
import { whatWasDone } from './did.ts';
import { linkToken } from './links.ts';
import type { MailSettings, WebhookSettings } from './mail-settings.ts';
import { alertsOf, noticeReference } from './notices.ts';
import type { Text } from './outbox.ts';
import { partWords, routeWords } from './parts.ts';
import { templateOf } from './template-store.ts';
import { fill, htmlOf, type Placeholder, type TemplateName } from './templates.ts';

export interface MessageParts {
  organisation: string;
  mail: Pick<MailSettings, 'address' | 'askWhom'>;
  webhooks: readonly WebhookSettings[];
  signer: Signer;
  policyOf: PolicyOf;
}

export type Values = Partial<Record<Placeholder, string>>;

/** Makes the text of a message when it goes out for the first time, as things stand then. */
export function messageWriter(parts: MessageParts) {
  const { policyOf } = parts;
  return async (store: Store, delivery: NoticeDeliveriesTable, now: number): Promise<Text> => {
    if (delivery.notice_id === null) return digestText(store, delivery);
    const notice = await store
      .selectFrom('notices')
      .selectAll()
      .where('id', '=', delivery.notice_id)
      .executeTakeFirstOrThrow();
    const policy = await policyOf(store, notice.policy_version);
    const values = await noticeValues(store, notice, delivery, policy, now);
    const webhook = parts.webhooks.find(({ name }) => delivery.channel === `webhook:${name}`);
    return webhook
      ? webhookText(webhook, notice, values)
      : filledText(store, delivery.template as TemplateName, values);
  };

  async function digestText(store: Store, { id }: NoticeDeliveriesTable): Promise<Text> {
    const rows = await store
      .selectFrom('notice_recipients')
      .innerJoin('notices', 'notices.id', 'notice_recipients.notice_id')
      .innerJoin('computers', 'computers.no', 'notices.computer_no')
      .select(['notices.number', 'notices.title', 'notices.count', 'notices.last_at', 'notices.policy_version'])
      .select('computers.hostname')
      .where('notice_recipients.digest_id', '=', id)
      .orderBy('notices.number')
      .execute();
    const policy = await policyOf(store, rows.at(-1)?.policy_version ?? 0);
    const shown = rows.slice(0, itemsShown).map((row) => {
      const where = cleanText(row.hostname);
      return `- ${noticeReference(row)}: ${row.title}, ${where}, ${timesWords(row.count)}, last on ${moment(row.last_at).words}`;
    });
    const more = rows.length - shown.length;
    return filledText(store, 'digest', {
      ...common(policy),
      ask: 'For information',
      count: rows.length === 1 ? '1 matter' : `${rows.length} matters`,
      items: [...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n'),
      link: `${parts.mail.address}/notices`,
    });
  }

  function common(policy: Policy | undefined): Values {
    return {
      organisation: parts.organisation,
      'kept-for': policy ? `${policy.retention.violationDays} days` : 'the time the policy says',
      'ask-whom': parts.mail.askWhom ?? 'The ICT service desk',
    };
  }

  async function noticeValues(
    store: Store,
    notice: NoticesTable,
    { recipient_id }: NoticeDeliveriesTable,
    policy: Policy | undefined,
    now: number,
  ): Promise<Values> {
    const recipients = await store
      .selectFrom('notice_recipients')
      .select(['id', 'part', 'person_id'])
      .where('notice_id', '=', notice.id)
      .orderBy('added_at')
      .execute();
    const own = recipients.find(({ id }) => id === recipient_id);
    const computer = await store
      .selectFrom('computers')
      .select('hostname')
      .where('no', '=', notice.computer_no)
      .executeTakeFirst();
    const link = (purpose: 'read' | 'side') =>
      own
        ? `${parts.mail.address}/notice-link?token=${linkToken(parts.signer, { purpose, recipientId: own.id }, now)}`
        : '';
    const others = recipients.filter(({ id }) => id !== own?.id).map(({ part }) => partWords(part));
    return {
      ...common(policy),
      reference: noticeReference(notice),
      ask: askWords(notice),
      severity: notice.severity,
      matter: notice.title,
      computer: cleanText(computer?.hostname ?? ''),
      when: whenWords(notice.first_at),
      times: timesWords(notice.count),
      clause: notice.clause,
      'clause-says': policy?.clauses[notice.clause]?.says ?? '',
      policy: policy?.title ?? 'policy',
      did: whatWasDone(await newestEvent(store, notice.id)),
      'not-known': notKnown,
      steps: steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
      deadline: notice.due_at === null ? 'no set day' : moment(notice.due_at).words,
      why: whyWords(own?.part ?? '', notice),
      link: `${parts.mail.address}/notices/${notice.id}`,
      'read-link': link('read'),
      'side-link': link('side'),
      'told-too': [...new Set(others)].join(', ') || 'nobody',
    };
  }
}

const itemsShown = 100;

const notKnown =
  'why it happened, whether somebody agreed to it before, and who sat at the computer: the record tells under which account.';

/** The same three for every notice; the choices of the last stand on its page. */
export const steps: readonly string[] = [
  'Speak to the person and hear their account.',
  'If a medium is involved, see that it is kept safe. Do not look inside it and do not delete anything.',
  'Answer: explained and authorised (with its number), a mistake that was put right, needs ICT, or raise an incident.',
];

async function filledText(store: Store, name: TemplateName, values: Values): Promise<Text> {
  const filled = fill(await templateOf(store, name), values);
  return { subject: filled.subject, text: `${filled.body.trim()}\n`, html: htmlOf(filled) };
}

function webhookText({ shape }: WebhookSettings, notice: NoticesTable, values: Values): Text {
  const text = webhookBody(shape, {
    reference: noticeReference(notice),
    severity: notice.severity,
    matter: notice.title,
    computer: values.computer ?? '',
    clause: notice.clause,
    at: new Date(notice.first_at).toISOString(),
    count: notice.count,
    link: values.link ?? '',
  });
  return { subject: '', text, html: '' };
}

async function newestEvent(store: Store, noticeId: string) {
  const [newest] = (await alertsOf(store, noticeId)).toReversed();
  return newest === undefined ? undefined : (await alertEvents(store, newest)).at(-1)?.event;
}

function askWords({ severity, tell }: NoticesTable): string {
  if (severity === 'critical') return 'Urgent action needed';
  return tell === 'digest' || severity === 'info' ? 'For information' : 'Action needed';
}

function whyWords(part: string, { routed }: NoticesTable): string {
  if (part === 'supervisor' && routed !== null) return routeWords(routed);
  if (part === 'person') return 'you were signed in when it was recorded';
  if (part === 'manager') return 'you are above the supervisor, who has not confirmed it in time';
  return `the policy names you as ${partWords(part)}`;
}

/** `21 November 2026, 8:15pm (UTC+0)`: the distance, because the computer's own log may be in UTC. */
function whenWords(at: number): string {
  return `${moment(at).words} (UTC+${londonOffset(at) / 3_600_000})`;
}

function timesWords(count: number): string {
  return count === 1 ? 'once' : `${count.toLocaleString('en-GB')} times`;
}
