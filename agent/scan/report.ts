import {
  type Band,
  type IdentifierName,
  type Inspection,
  type InspectionStatus,
  identifierNames,
  inspectionStatuses,
  type TierCounts,
  tiers,
} from '#shared/identifiers/inspection.ts';
import { cleanText } from '#shared/text.ts';

type Counts = Partial<Record<IdentifierName, TierCounts>>;

/** One file of the report. Of a file that was not inspected, nothing was counted: its `status` says so. */
export interface ScannedFile {
  path: string;
  status: InspectionStatus;
  reason?: string;
  bytes: number;
  identifiers: Counts;
  band: Band;
  ms: number;
}

export interface ScanReport {
  detector: string;
  files: ScannedFile[];
  totals: {
    files: number;
    bytes: number;
    statuses: Record<InspectionStatus, number>;
    /** Sums over the files: an identifier in two files counts twice. */
    identifiers: Counts;
    /** Files by band. */
    bands: Partial<Record<Band, number>>;
    ms: number;
  };
}

/** Every kind is there in every file, so that a script need not ask; a site's own references where there are any. */
const alwaysThere = identifierNames.filter((name) => name !== 'localReference');
const noCounts = (): TierCounts => ({ high: 0, medium: 0, low: 0, test: 0 });
const noIdentifiers = (): Counts => Object.fromEntries(alwaysThere.map((name) => [name, noCounts()]));

export function scannedFile(path: string, bytes: number, ms: number, inspection: Inspection): ScannedFile {
  const { status, reason, identifiers, band = 'none' } = inspection;
  return {
    path,
    status,
    ...(reason !== undefined && { reason }),
    bytes,
    identifiers: { ...noIdentifiers(), ...identifiers },
    band,
    ms: Math.round(ms),
  };
}

export function scanReport(detector: string, files: ScannedFile[], ms: number): ScanReport {
  const identifiers = noIdentifiers();
  const bands: Partial<Record<Band, number>> = {};
  const statuses = Object.fromEntries(inspectionStatuses.map((status) => [status, 0])) as Record<
    InspectionStatus,
    number
  >;
  for (const file of files) {
    statuses[file.status] += 1;
    if (file.status === 'inspected') bands[file.band] = (bands[file.band] ?? 0) + 1;
    for (const name of identifierNames) add(identifiers, name, file.identifiers[name]);
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { detector, files, totals: { files: files.length, bytes, statuses, identifiers, bands, ms: Math.round(ms) } };
}

function add(sums: Counts, name: IdentifierName, counts: TierCounts | undefined): void {
  if (!counts) return;
  sums[name] ??= noCounts();
  for (const tier of tiers) sums[name][tier] += counts[tier];
}

export function foundHigh({ files }: ScanReport): boolean {
  return files.some(({ identifiers }) => Object.values(identifiers).some(({ high }) => high > 0));
}

/** For people: the files in which there is something, or which were not inspected, and what that comes to. */
export function scanText({ files, totals }: ScanReport): string {
  const told = files.filter(
    ({ status, band, identifiers }) => status !== 'inspected' || band !== 'none' || anyIn(identifiers),
  );
  const lines = told.map((file) => `${stateOf(file).padEnd(16)} ${cleanText(file.path, 4_000)}${details(file)}`);
  const { inspected, ...others } = totals.statuses;
  const rest = Object.entries(others).filter(([, count]) => count > 0);
  return [
    ...lines,
    `${totals.files} files: ${[`${inspected} inspected`, ...rest.map(([status, count]) => `${count} ${status}`)].join(', ')}.`,
  ].join('\n');
}

const anyIn = (identifiers: Counts) =>
  Object.values(identifiers).some((counts) => tiers.some((tier) => counts[tier] > 0));

const stateOf = ({ status, band }: ScannedFile) => (status === 'inspected' ? band : status);

function details({ identifiers, reason }: ScannedFile): string {
  const counted = Object.entries(identifiers).flatMap(([name, counts]) => {
    const some = tiers.filter((tier) => counts[tier] > 0).map((tier) => `${counts[tier]} ${tier}`);
    return some.length > 0 ? [`${name} ${some.join(' + ')}`] : [];
  });
  return [...counted, ...(reason === undefined ? [] : [reason])]
    .map((detail) => `\n${' '.repeat(17)}${detail}`)
    .join('');
}
