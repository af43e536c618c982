import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Role } from '../accounts/roles.ts';
import type { Store } from '../store/tables.ts';
import { accessReport } from './access-report.ts';
import { assetReport } from './asset-report.ts';
import { packContents, packZip } from './assurance-pack.ts';
import { coverageReport } from './coverage-report.ts';
import { encryptionReport } from './encryption-report.ts';
import { type IncidentSource, incidentFigures } from './incident-figures.ts';
import { incidentReport } from './incident-report.ts';
import { licenceReport } from './licence-report.ts';
import { nameMask } from './names.ts';
import { lastYear, type Period } from './period.ts';
import { type ReportFile, rendered } from './rendered.ts';
import type { ReportKind } from './report.ts';
import { stateOfSecurity } from './state-of-security.ts';

/** The reports, in the order of the list. */
export const reportKinds: readonly ReportKind[] = [
  stateOfSecurity,
  incidentReport,
  assetReport,
  licenceReport,
  encryptionReport,
  accessReport,
  coverageReport,
];

/** What can be asked for: a report, or the pack of all. */
export type Askable = Pick<ReportKind, 'name' | 'title' | 'about' | 'readers' | 'usual'>;

export const packName = 'assurance-pack';
const pack: Askable = {
  name: packName,
  title: 'Assurance pack',
  about:
    'One ZIP for DSPT and Cyber Essentials: every report without a name of a person, figures, and a text ready to paste for each item.',
  readers: ['ict-administrator', 'head-of-business-and-governance', 'ig-lead', 'siro', 'caldicott-guardian', 'auditor'],
  usual: lastYear,
};
export const askables: readonly Askable[] = [...reportKinds, pack];

/** @throws InvalidError when there is no such report */
export function askableNamed(name: string): Askable {
  const found = askables.find((one) => one.name === name);
  if (found) return found;
  throw new InvalidError(`There is no report of this name. There are: ${askables.map((one) => one.name).join(', ')}.`);
}

export function mayRead(role: Role, name: string): boolean {
  return askables.some((one) => one.name === name && one.readers.includes(role));
}

/** Plain data: it crosses a thread. */
export interface ReportRequest {
  name: string;
  organisation: string;
  /** Null: the usual one, or none for a report that shows how things are. */
  period: Period | null;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The period that a request is about; null for a report that shows how things are.
 * @throws InvalidError for an unknown name, or a period for a report that has none
 */
export function periodOf({ name, period, now }: ReportRequest): Period | null {
  const { usual } = askableNamed(name);
  if (period && !usual) {
    throw new InvalidError(
      `The report "${name}" shows how things are and takes no period. What was issued earlier is in the list of reports.`,
    );
  }
  return period ?? usual?.(now) ?? null;
}

export interface MadeFiles {
  name: string;
  title: string;
  period: Period | null;
  dataAsOf: number;
  files: ReportFile[];
}

export interface MakeOptions {
  progress?: (text: string) => void;
  incidents?: IncidentSource;
}

/**
 * Makes a report in all its forms, from one moment of the store. Give it a connection that only reads: it may take seconds.
 * @throws InvalidError as {@link periodOf} does
 */
export async function makeFiles(store: Store, request: ReportRequest, options: MakeOptions = {}): Promise<MadeFiles> {
  const { name, organisation, now } = request;
  const { progress = () => undefined, incidents = incidentFigures } = options;
  const period = periodOf(request);
  // Read in one transaction, drawn after it.
  const read = await store.transaction().execute(async (tx) => {
    const context = { store: tx, now, organisation, period, incidents };
    if (name === packName && period) {
      return packContents({ ...context, period, isPack: true, mask: await nameMask(tx) }, reportKinds);
    }
    const kind = reportKinds.find((one) => one.name === name);
    if (!kind) throw new PortcullisError('noSuchReport', 'There is no report of this name.');
    return kind.make({ ...context, isPack: false, mask: (text) => text });
  });
  const parts = { organisation, now, progress };
  if ('cover' in read) {
    const { title, dataAsOf } = read.cover;
    return { name, title, period, dataAsOf, files: [{ format: 'zip', bytes: await packZip(read, parts) }] };
  }
  progress(read.title);
  return { name, title: read.title, period, dataAsOf: read.dataAsOf, files: await rendered(read, parts) };
}
