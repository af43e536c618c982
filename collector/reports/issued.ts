import { createHash } from 'node:crypto';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit, wasRecorded } from '../accounts/audit.ts';
import { isRole, type Role } from '../accounts/roles.ts';
import type { IssuedReportsTable } from '../store/report-tables.ts';
import type { Store } from '../store/tables.ts';
import { dayMilliseconds } from './period.ts';
import type { Format } from './rendered.ts';
import { type MadeFiles, mayRead } from './reports.ts';

/** Who asked for a report, and for whom it is. */
export interface Asked {
  now: number;
  accountId: string | null;
  /** `console`, `schedule`, or `command` with the account that typed it. */
  by: string;
  recipients?: readonly Role[];
  /** The period that the schedule makes it for, once. */
  scheduledFor?: string;
}

/**
 * Keeps a report as it was issued: its bytes, their hashes, who asked and when.
 * @returns its id; undefined when the schedule has issued it before
 */
export async function issueReport(store: Store, made: MadeFiles, asked: Asked): Promise<string | undefined> {
  const { now, accountId, by, recipients = [], scheduledFor = null } = asked;
  const id = uuidv7(now);
  return store.transaction().execute(async (tx) => {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('issued_reports')
      .values({
        id,
        name: made.name,
        title: made.title,
        from_day: made.period?.from ?? null,
        to_day: made.period?.to ?? null,
        data_as_of: made.dataAsOf,
        issued_at: now,
        account_id: accountId,
        asked_by: by,
        recipients: JSON.stringify(recipients),
        scheduled_for: scheduledFor,
      })
      .onConflict((conflict) => conflict.columns(['name', 'scheduled_for']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return undefined;
    for (const { format, bytes } of made.files) {
      const row = { report_id: id, format, sha256: sha256(bytes), bytes: Buffer.from(bytes) };
      await tx.insertInto('issued_report_files').values(row).execute();
    }
    await recordAudit(tx, { at: now, accountId, action: 'report.issued', object: id, detail: `${made.title}, ${by}` });
    return id;
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface IssuedReport extends IssuedReportsTable {
  /** Display name of the account that asked. */
  asker: string | null;
  files: { format: string; sha256: string; size: number }[];
}

const mostShown = 200;

/** Reports of these names, the newest first; at most 200. */
export async function listIssued(store: Store, names: readonly string[]): Promise<IssuedReport[]> {
  const rows = await store
    .selectFrom('issued_reports')
    .leftJoin('accounts', 'accounts.id', 'issued_reports.account_id')
    .where('issued_reports.name', 'in', names)
    .selectAll('issued_reports')
    .select('accounts.display_name as asker')
    .orderBy('issued_reports.id', 'desc')
    .limit(mostShown)
    .execute();
  const ids = rows.map((row) => row.id);
  const files = await store
    .selectFrom('issued_report_files')
    .where('report_id', 'in', ids)
    .select(['report_id', 'format', 'sha256', (build) => build.fn<number>('length', ['bytes']).as('size')])
    .execute();
  return rows.map((row) => ({ ...row, files: files.filter(({ report_id: id }) => id === row.id) }));
}

/** The bytes as they were issued. @throws PortcullisError `reportChanged` when they are not what was issued */
export async function issuedFile(store: Store, id: string, format: string) {
  const file = await store
    .selectFrom('issued_report_files')
    .innerJoin('issued_reports', 'issued_reports.id', 'issued_report_files.report_id')
    .where('report_id', '=', id)
    .where('format', '=', format)
    .select(['name', 'issued_at', 'bytes', 'sha256', 'format'])
    .executeTakeFirst();
  if (!file) return undefined;
  if (sha256(file.bytes) !== file.sha256) {
    throw new PortcullisError('reportChanged', 'The stored report is not what was issued: its hash differs.');
  }
  return { ...file, format: file.format as Format };
}

const newFor = 31 * dayMilliseconds;

/** Reports of the last month that are addressed to the role, and that this account has not opened yet. */
export async function newReports(
  store: Store,
  { id: accountId, role }: { id: string; role: Role },
  now: number,
): Promise<IssuedReport['id'][]> {
  const rows = await store
    .selectFrom('issued_reports')
    .where('issued_at', '>=', now - newFor)
    .select(['id', 'name', 'recipients', 'issued_at'])
    .execute();
  const mine = rows.filter((row) => recipientsOf(row.recipients).includes(role) && mayRead(role, row.name));
  const unread: string[] = [];
  for (const { id, issued_at: since } of mine) {
    if (!(await wasRecorded(store, { accountId, action: 'report.opened', object: id }, since))) unread.push(id);
  }
  return unread;
}

export function recipientsOf(text: string): Role[] {
  return (JSON.parse(text) as string[]).filter(isRole);
}
