/* What reports rest on and what was handed out: months that are over, issued reports, and when they are due. */
export interface ReportTables {
  monthly_figures: MonthlyFiguresTable;
  issued_reports: IssuedReportsTable;
  issued_report_files: IssuedReportFilesTable;
  report_schedules: ReportSchedulesTable;
}

/** Written by reports/figures.ts. Rows are never changed: a month that is over stays what it was. */
export interface MonthlyFiguresTable {
  /** `2026-11`, in UTC. */
  month: string;
  closed_at: number;
  /** JSON of MonthFigures (reports/figures.ts). */
  figures: string;
}

/** Written by reports/issued.ts. Rows are never changed. */
export interface IssuedReportsTable {
  id: string;
  /** Name of the kind of report: `state-of-security`. */
  name: string;
  title: string;
  /** First and last day it is about, `2026-11-01`; null for one that shows how things are. */
  from_day: string | null;
  to_day: string | null;
  data_as_of: number;
  issued_at: number;
  /** Who asked; null for a command or the schedule. */
  account_id: string | null;
  /** `console`, `schedule`, or `command` with the account that typed it. */
  asked_by: string;
  /** JSON list of roles it is shown to as new. */
  recipients: string;
  /** The period that the schedule made it for, once: `2026-11`. Null when somebody asked. */
  scheduled_for: string | null;
}

/** Written by reports/issued.ts. Rows are never changed. */
export interface IssuedReportFilesTable {
  report_id: string;
  format: string;
  sha256: string;
  bytes: Buffer;
}

/** Written by reports/schedule.ts: where it differs from what the product comes with. */
export interface ReportSchedulesTable {
  name: string;
  every: 'month' | 'quarter' | 'never';
  /** JSON list of roles. */
  recipients: string;
  changed_at: number;
  changed_by: string | null;
}
