import { type DeliverParts, deliver } from '../notices/deliver.ts';
import type { WebhookSettings } from '../notices/mail-settings.ts';
import { planAlerts } from '../notices/plan-alerts.ts';
import { planDigests } from '../notices/plan-digests.ts';
import type { NoticeSite } from '../notices/surroundings.ts';
import { takeSteps } from '../notices/take-steps.ts';
import { type Job, job } from './job.ts';

export interface NoticeJobParts extends DeliverParts {
  site: NoticeSite;
  webhooks: readonly WebhookSettings[];
}

const everyMilliseconds = 1000;
/** Reminders and summaries go by the minute. */
const stepsEvery = 60_000;

/** Makes notices of new alerts, and takes the steps whose time has come. */
export function noticePlanningJob({ store, clock, log, site, webhooks }: NoticeJobParts): Job {
  let lastSteps = Number.NEGATIVE_INFINITY;
  async function look(): Promise<void> {
    const now = clock.now();
    await planAlerts(store, site, { webhooks, now });
    // A clock that was set back must not stop the steps.
    if (Math.abs(now - lastSteps) < stepsEvery) return;
    await takeSteps(store, site, now);
    await planDigests(store, site, now);
    lastSteps = now;
  }
  return job({ log, everyMilliseconds, failure: 'notices could not be planned', look });
}

/** Sends what the outbox holds. A job of its own, so that a slow mail server does not hold up the planning. */
export function noticeDeliveryJob(parts: NoticeJobParts): Job {
  const look = () => deliver(parts);
  return job({ log: parts.log, everyMilliseconds, failure: 'notices could not be sent', look });
}
