/** What was raised, what became of it, and how it is looked for. */
export interface AlertTables {
  alerts: AlertsTable;
  alert_events: AlertEventsTable;
  alert_history: AlertHistoryTable;
  saved_filters: SavedFiltersTable;
}

/** Written by alerting/alerts.ts. */
export interface AlertsTable {
  id: string;
  computer_no: number;
  /** Id of the alert rule in the profile, or of a fault the collector found itself. */
  rule_id: string;
  title: string;
  severity: string;
  /** 0 info … 4 critical, for sorting. */
  severity_rank: number;
  clause: string;
  /** Kind of the event that raised it. */
  kind: string;
  /** Same computer, rule, person and thing: a repeat within 24 hours adds to `count` of the alert that is not closed. */
  group_key: string;
  state: 'open' | 'acknowledged' | 'closed';
  count: number;
  first_seq: number | null;
  last_seq: number | null;
  /** The computer's clock at the first and last event. */
  first_at: number;
  last_at: number;
  /** The collector's clock. */
  opened_at: number;
  policy_version: number;
  /** JSON list of recipients. */
  recipients: string;
  tell: string;
  /** Set on closing: what it turned out to be. */
  outcome: string | null;
  /** Same rule, person and thing, on whichever computer. */
  same_key: string;
  /** The name somebody was signed in with, where the event tells. */
  person: string | null;
  /** `deviceKey` of the medium it is about, and its make and model in words. */
  device_key: string | null;
  device: string | null;
  /** Account of the analyst whose it is. */
  assignee_id: string | null;
  /** Grows with every opening and repeat over all alerts, so that a reader can go on where it was. */
  change_no: number;
}

/** Written by alerting/alerts.ts; the first {@link AlertsTable.count} events, up to 100 an alert. */
export interface AlertEventsTable {
  alert_id: string;
  computer_no: number;
  seq: number;
}

/** Written by alerting/alerts.ts. */
export interface AlertHistoryTable {
  id: string;
  alert_id: string;
  at: number;
  /** Account id, or null when the collector did it. */
  account_id: string | null;
  action:
    | 'opened'
    | 'acknowledged'
    | 'assigned'
    | 'closed'
    | 'reopened'
    | 'noted'
    | 'told'
    | 'reminded'
    | 'escalated'
    | 'answered';
  note: string | null;
}

/** Written by alerting/saved-filters.ts. */
export interface SavedFiltersTable {
  id: string;
  account_id: string;
  name: string;
  /** What stands behind the question mark in the address of the list. */
  query: string;
}
