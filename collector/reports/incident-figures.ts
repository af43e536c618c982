import type { Store } from '../store/tables.ts';
import type { Period } from './period.ts';

/** What the quarterly report says of incidents. */
export interface IncidentFigures {
  opened: number;
  closed: number;
  /** Not closed at the end of the period. */
  open: number;
  nearMisses: number;
  /** Whose root cause analysis is past its day. */
  overdueAnalyses: number;
  /** Reported to the ICO or by the DSPT tool, and decided not to be. */
  reported: number;
  decidedNotToReport: number;
  /** Actions from recommendations: not done, and of these past their day. */
  actionsOpen: number;
  actionsOverdue: number;
  /** Incidents of the period by type and by severity, the most frequent first. */
  byType: readonly { label: string; count: number }[];
  bySeverity: readonly { label: string; count: number }[];
}

/** Asked by the quarterly report. `null`: this collector does not record incidents yet. */
export type IncidentSource = (store: Store, period: Period) => Promise<IncidentFigures | null>;

/** Until incidents are recorded here, the report says so, and never a nought. */
export const incidentFigures: IncidentSource = () => Promise.resolve(null);
