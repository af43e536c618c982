import type { Role } from '../accounts/roles.ts';
import type { Block } from '../documents/pdf.ts';
import type { Store } from '../store/tables.ts';
import type { IncidentSource } from './incident-figures.ts';
import type { Period } from './period.ts';

/** What every report is made from. */
export interface ReportContext {
  store: Store;
  /** Milliseconds since 1970. */
  now: number;
  organisation: string;
  /** Null for a report that shows how things are. */
  period: Period | null;
  incidents: IncidentSource;
  /** True in the assurance pack: columns about people and free text are left out. */
  isPack: boolean;
  /** Takes names of people out of words that machines or people wrote. Leaves them outside the pack. */
  mask(text: string): string;
}

/** The report as a spreadsheet has it. */
export interface Table {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface MadeReport {
  title: string;
  dataAsOf: number;
  blocks: Block[];
  table: Table;
  /** The same for programs. */
  data: object;
}

export interface ReportKind {
  name: string;
  title: string;
  /** Whom it is for and what it tells, for the list of reports. */
  about: string;
  /** The roles that may ask for it and read it. */
  readers: readonly Role[];
  /** The period it is about when nobody says; absent: it shows how things are. */
  usual?: (now: number) => Period;
  make(context: ReportContext): Promise<MadeReport>;
}
