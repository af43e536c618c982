/*
 * Incidents and all that is written down about them. Whatever a person typed is kept as it was when it is changed:
 * sections, decisions and approvals only grow.
 */
export interface IncidentTables {
  incidents: IncidentsTable;
  incident_sections: IncidentSectionsTable;
  incident_alerts: IncidentAlertsTable;
  incident_timeline: IncidentTimelineTable;
  incident_decisions: IncidentDecisionsTable;
  incident_approvals: IncidentApprovalsTable;
  incident_recommendations: IncidentRecommendationsTable;
  incident_evidence: IncidentEvidenceTable;
  incident_warnings: IncidentWarningsTable;
  incident_cursor: IncidentCursorTable;
}

/** Written by incidents/incident-row.ts. */
export interface IncidentsTable {
  id: string;
  /** Of the calendar year in London, from 1: together `INC-2026-0007`. */
  year: number;
  serial: number;
  organisation: string;
  /** Name of the policy profile and version in force when it was opened. */
  profile: string;
  policy_version: number;
  state: 'draft' | 'confirmed' | 'investigating' | 'for-approval' | 'approved' | 'closed' | 'no-incident';
  /** Grows with every change of state, so that a step meant for another state is refused. */
  revision: number;
  source: 'alert' | 'notice' | 'lost' | 'self-report';
  title: string;
  type: string | null;
  /** Same rule, person and thing as of an alert (`alerts.same_key`). */
  same_key: string | null;
  rule_id: string | null;
  device_key: string | null;
  computer_id: string | null;
  /** The name somebody was signed in with; who that is in the register of people, and their team. */
  person: string | null;
  person_id: string | null;
  team_id: string | null;
  opened_at: number;
  /** Account id; null: the collector. */
  opened_by: string | null;
  confirmed_at: number | null;
  /** From then on 72 hours run. */
  aware_at: number | null;
  /** Likelihood times impact of the initial assessment, 1 to 25. */
  risk: number | null;
  /** When the investigation is to be done. */
  due_at: number | null;
  investigator_id: string | null;
  submitted_at: number | null;
  /** Account id of who sent it for approval. */
  submitted_by: string | null;
  approved_at: number | null;
  closed_at: number | null;
  /** JSON of LastKnownState (incidents/freeze.ts); written once, never changed. */
  frozen: string | null;
}

/** Written by incidents/sections-kept.ts. Rows are never changed: the newest of a section stands. */
export interface IncidentSectionsTable {
  incident_id: string;
  section: string;
  /** From 1. */
  revision: number;
  /** JSON of the section's values (incidents/sections.ts). */
  document: string;
  at: number;
  account_id: string | null;
}

/** Written by incidents/incident-row.ts. An alert belongs to one incident at most. */
export interface IncidentAlertsTable {
  alert_id: string;
  incident_id: string;
  at: number;
}

/** Written by incidents/timeline.ts. Rows are never changed. */
export interface IncidentTimelineTable {
  incident_id: string;
  /** From 1 in each incident: clocks may stand still or jump. */
  seq: number;
  at: number;
  /** Account id; null: the collector. */
  account_id: string | null;
  action: string;
  note: string | null;
}

/** Written by incidents/decisions.ts. Rows are never changed: the newest of a body stands. */
export interface IncidentDecisionsTable {
  id: string;
  incident_id: string;
  body: string;
  /** 1: it is told. */
  told: number;
  reason: string;
  /** Number the body gave, and what was sent. */
  reference: string | null;
  at: number;
  account_id: string;
}

/** Written by incidents/steps.ts. Rows are never changed. */
export interface IncidentApprovalsTable {
  id: string;
  incident_id: string;
  /** When what it approves was submitted: another submission needs approvals of its own. */
  submitted_at: number;
  /** The part of the profile's table that was filled. */
  part: string;
  verdict: 'approved' | 'returned';
  reason: string;
  at: number;
  account_id: string;
}

/** Written by incidents/recommendations.ts. */
export interface IncidentRecommendationsTable {
  id: string;
  incident_id: string;
  action: string;
  owner: string;
  /** A day, `2026-12-24`. */
  due_on: string;
  status: 'open' | 'done' | 'withdrawn';
  /** How it was found out whether it works. */
  effect: string | null;
  made_at: number;
  changed_at: number;
  changed_by: string;
}

/** Written by incidents/evidence-list.ts. Rows are never changed. */
export interface IncidentEvidenceTable {
  id: string;
  incident_id: string;
  what: string;
  kept_at: string;
  /** In hexadecimal, of what is a file. */
  sha256: string | null;
  at: number;
  account_id: string;
}

/** Written by jobs/incident-times.ts: each alarm is raised once. */
export interface IncidentWarningsTable {
  incident_id: string;
  warning: string;
  /** The moment it warns of: another due date is another warning. */
  of_at: number;
  at: number;
}

/** Written by jobs/incident-drafts.ts: one row, up to when alerts were looked at. */
export interface IncidentCursorTable {
  one: number;
  /** `opened_at` of the newest alert seen. */
  at: number;
}
