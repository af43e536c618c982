import type { Kysely, Transaction } from 'kysely';
import type { AccountTables } from './account-tables.ts';
import type { AlertTables } from './alert-tables.ts';
import type { ComputerTables } from './computer-tables.ts';
import type { EventTables } from './event-tables.ts';
import type { ExportTables } from './export-tables.ts';
import type { IncidentTables } from './incident-tables.ts';
import type { NoticeTables } from './notice-tables.ts';
import type { PeopleTables } from './people-tables.ts';
import type { PermissionTables } from './permission-tables.ts';
import type { PolicyTables } from './policy-tables.ts';
import type { RegisterTables } from './register-tables.ts';
import type { ReportTables } from './report-tables.ts';
import type { RetentionTables } from './retention-tables.ts';
import type { SelfCareTables } from './self-care-tables.ts';
import type { TransparencyTables } from './transparency-tables.ts';

/**
 * Every table of the store. Times are integers in milliseconds since 1970 UTC unless a name says otherwise, booleans
 * are 0 or 1, ids are UUIDv7 text, documents are JSON text: SQLite and PostgreSQL then hold the same.
 * Each table is written by the one module named beside it; others call that module.
 */
export interface Tables
  extends ComputerTables,
    EventTables,
    AlertTables,
    PolicyTables,
    AccountTables,
    PeopleTables,
    PermissionTables,
    ExportTables,
    NoticeTables,
    RegisterTables,
    ReportTables,
    RetentionTables,
    SelfCareTables,
    TransparencyTables,
    IncidentTables {}

export type Store = Kysely<Tables>;
export type StoreTransaction = Transaction<Tables>;

export type { AccountReviewsTable, AccountsTable, AuditTable, SessionsTable } from './account-tables.ts';
export type { AlertHistoryTable, AlertsTable, SavedFiltersTable } from './alert-tables.ts';
export type { ComputersTable, EnrolmentTokensTable } from './computer-tables.ts';
export type { EventsTable, GapsTable } from './event-tables.ts';
export type { TeamLeadsTable } from './people-tables.ts';
export type {
  ApprovalRequestsTable,
  ApprovalsTable,
  CodesTable,
  MediaHistoryTable,
  MediaTable,
} from './permission-tables.ts';
export type { PoliciesTable, PolicyDraftsTable } from './policy-tables.ts';
