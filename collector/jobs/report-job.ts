import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import type { Role } from '../accounts/roles.ts';
import { closeMonths } from '../reports/figures.ts';
import { issueReport } from '../reports/issued.ts';
import type { ReportMaker } from '../reports/report-maker.ts';
import { dueFor, hadComputers, type Schedule, schedules } from '../reports/schedule.ts';
import type { Store } from '../store/tables.ts';
import { type Job, job } from './job.ts';

/** A report that the schedule has just issued. */
export interface NewReport {
  id: string;
  title: string;
  recipients: readonly Role[];
}

export interface ReportJobParts {
  store: Store;
  clock: Clock;
  log: Logger;
  organisation: string;
  make: ReportMaker;
  /** Tells the recipients. By default nothing is sent: their first page shows that there is a new report. */
  deliver?: (report: NewReport) => Promise<void>;
}

const everyMilliseconds = 10 * 60_000;

/** Freezes months that are over, and issues what is due; each report once a period, whatever happens in between. */
export function reportJob({ store, clock, log, organisation, make, deliver }: ReportJobParts): Job {
  async function look(): Promise<void> {
    await closeMonths(store, clock.now());
    if (!(await hadComputers(store, clock.now()))) return;
    for (const schedule of await schedules(store)) {
      await issueIfDue(schedule).catch((error: unknown) =>
        log.error({ code: errorCode(error), report: schedule.name }, 'a report that is due could not be made'),
      );
    }
  }

  async function issueIfDue({ name, every, recipients }: Schedule): Promise<void> {
    const now = clock.now();
    const scheduledFor = dueFor(every, now);
    if (scheduledFor === undefined || (await isIssued(name, scheduledFor))) return;
    const made = await make({ name, organisation, period: null, now });
    const id = await issueReport(store, made, { now, accountId: null, by: 'schedule', recipients, scheduledFor });
    if (id !== undefined) await deliver?.({ id, title: made.title, recipients });
  }

  async function isIssued(name: string, scheduledFor: string): Promise<boolean> {
    const found = await store
      .selectFrom('issued_reports')
      .where('name', '=', name)
      .where('scheduled_for', '=', scheduledFor)
      .select('id')
      .executeTakeFirst();
    return found !== undefined;
  }

  return job({ log, everyMilliseconds, failure: 'months could not be closed or reports not be made', look });
}
