import { setTimeout as pause } from 'node:timers/promises';
import type { Severity } from '#shared/policy/words.ts';
import { severities } from '#shared/policy/words.ts';
import type { NoticesTable } from '../store/notice-tables.ts';
import type { AlertsTable, Store, StoreTransaction } from '../store/tables.ts';
import type { WebhookSettings } from './mail-settings.ts';
import { addRecipient, openNotice, planningPlace, repeatNotice, savePlanningPlace, standingNotice } from './notices.ts';
import { plan } from './outbox.ts';
import { planNotice } from './planning.ts';
import { type Concerned, type Looking, looking, type NoticeSite } from './surroundings.ts';
import { tell } from './told.ts';

const together = 20;
/** Milliseconds between two transactions of a look that has much to catch up with: pages, agents and commands come first. */
const breath = 20;

/**
 * Makes notices of the alerts that were opened or repeated since the last time. Notices, outbox and the place where it
 * stands are one transaction, so that a crash neither loses nor doubles any.
 * @returns how many alerts were looked at
 */
export async function planAlerts(
  store: Store,
  site: NoticeSite,
  { webhooks, now }: { webhooks: readonly WebhookSettings[]; now: number },
): Promise<number> {
  let planned = 0;
  while (await isBehind(store)) {
    const looked = await store.transaction().execute(async (tx) => {
      const alerts = await nextAlerts(tx, await planningPlace(tx));
      const look = looking(tx, site, now);
      const matters = new Map<string, Matter>();
      for (const alert of alerts) await planAlert(tx, alert, { look, site, webhooks, matters, now });
      for (const { notice, repeats } of matters.values()) await repeatNotice(tx, notice, repeats, now);
      const last = alerts.at(-1);
      if (last) await savePlanningPlace(tx, last.change_no);
      return alerts.length;
    });
    planned += looked;
    if (looked === together) await pause(breath);
  }
  return planned;
}

/** Asked every second, so without a transaction. */
async function isBehind(store: Store): Promise<boolean> {
  return (await nextAlerts(store, await planningPlace(store), 1)).length > 0;
}

function nextAlerts(store: Store, place: number, most = together): Promise<AlertsTable[]> {
  return store
    .selectFrom('alerts')
    .selectAll()
    .where('change_no', '>', place)
    .orderBy('change_no')
    .limit(most)
    .execute();
}

/** A notice, and the alerts to be added to it: many computers may report one matter, and it is counted once for all. */
interface Matter {
  notice: NoticesTable;
  repeats: AlertsTable[];
}

interface PlanParts {
  look: Looking;
  site: NoticeSite;
  webhooks: readonly WebhookSettings[];
  /** Those of this look so far, by organisation and {@link AlertsTable.same_key}. */
  matters: Map<string, Matter>;
  now: number;
}

async function planAlert(tx: StoreTransaction, alert: AlertsTable, parts: PlanParts): Promise<void> {
  const { look, site, matters, now } = parts;
  const concerned = await look.concernedBy(alert.person);
  const organisation = concerned?.organisation ?? site.organisation;
  const key = JSON.stringify([organisation, alert.same_key]);
  const known = matters.get(key);
  if (known) {
    known.repeats.push(alert);
    return;
  }
  const standing = await standingNotice(tx, { organisation, sameKey: alert.same_key, now });
  if (standing) matters.set(key, { notice: standing, repeats: [alert] });
  else matters.set(key, { notice: await firstNotice(tx, alert, { concerned, organisation }, parts), repeats: [] });
}

async function firstNotice(
  tx: StoreTransaction,
  alert: AlertsTable,
  { concerned, organisation }: { concerned: Concerned | undefined; organisation: string },
  { look, webhooks, now }: PlanParts,
): Promise<NoticesTable> {
  const given = {
    severity: alert.severity as Severity,
    recipients: JSON.parse(alert.recipients) as string[],
    tell: alert.tell === 'digest' ? ('digest' as const) : ('now' as const),
  };
  const planned = planNotice(given, await look.around(concerned, alert.policy_version));
  const notice = await openNotice(tx, {
    alert,
    now,
    organisation,
    person_id: concerned?.id ?? null,
    team_id: concerned?.teamId ?? null,
    routed: planned.routed,
    tell: planned.tell,
    told_at: planned.sendAt,
    due_at: planned.dueAt,
  });
  for (const recipient of planned.recipients) {
    if (planned.tell === 'now') await tell(tx, notice, recipient, look.telling(planned.sendAt));
    else await addRecipient(tx, notice.id, recipient, { now, digestAt: planned.sendAt });
  }
  if (planned.tell === 'now') await planWebhooks(tx, notice, webhooks, look);
  return notice;
}

async function planWebhooks(
  tx: StoreTransaction,
  { id, severity_rank, opened_at }: { id: string; severity_rank: number; opened_at: number },
  webhooks: readonly WebhookSettings[],
  look: Looking,
): Promise<void> {
  const { domain, now } = look.telling(opened_at);
  for (const { name, from = 'info' } of webhooks) {
    if (severity_rank < severities.indexOf(from)) continue;
    const delivery = { noticeId: id, recipientId: null, channel: `webhook:${name}`, address: name };
    await plan(tx, { ...delivery, template: 'webhook', sendAt: now, domain, now });
  }
}
