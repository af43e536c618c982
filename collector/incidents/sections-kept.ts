import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { changeIncident, type IncidentChanges, incidentRow } from './incident-row.ts';
import { isOpenToChange } from './life-cycle.ts';
import { holdsNhsNumber } from './personal-data.ts';
import { investigationDue } from './risk.ts';
import {
  type AllSections,
  emptySection,
  type SectionName,
  type SectionValues,
  sectionChecker,
  sectionNames,
  sections,
  type Values,
} from './sections.ts';
import { type By, written } from './timeline.ts';

/** Where a section stands; revision 0: nobody has written it. */
export interface KeptSection {
  revision: number;
  at: number | null;
  values: Values;
}
export type KeptSections = Record<SectionName, KeptSection>;

export async function sectionsOf(store: Store, incidentId: string): Promise<KeptSections> {
  const rows = await sectionHistory(store, incidentId);
  const kept = (name: SectionName): KeptSection => {
    const newest = rows.findLast((row) => row.section === name);
    if (!newest) return { revision: 0, at: null, values: emptySection(name) };
    return { revision: newest.revision, at: newest.at, values: newest.values };
  };
  return Object.fromEntries(sectionNames.map((name) => [name, kept(name)])) as KeptSections;
}

/** What was written, by section. What a later version asks besides is empty. */
export function valuesOf(kept: KeptSections): AllSections {
  return Object.fromEntries(sectionNames.map((name) => [name, kept[name].values])) as AllSections;
}

/** Everything that ever stood in the sections of an incident: by section, and in each the oldest first. */
export async function sectionHistory(store: Store, incidentId: string) {
  const rows = await store
    .selectFrom('incident_sections')
    .leftJoin('accounts', 'accounts.id', 'incident_sections.account_id')
    .selectAll('incident_sections')
    .select('accounts.display_name as who')
    .where('incident_id', '=', incidentId)
    .orderBy('section')
    .orderBy('revision')
    .execute();
  return rows.map(({ document, section, ...row }) => {
    const name = section as SectionName;
    // Written by this module alone, after it was checked.
    return { ...row, section: name, values: { ...emptySection(name), ...(JSON.parse(document) as Values) } as Values };
  });
}

export interface SectionToKeep<N extends SectionName = SectionName> {
  incidentId: string;
  section: N;
  values: Values;
  /** The revision that was open in the form. */
  seen: number;
}

/**
 * Keeps what somebody typed into a section, beside what stood there before.
 * @returns false when nothing is different
 * @throws PortcullisError `sectionChanged` when somebody else saved in the meantime, `incidentSettled`. @throws InvalidError
 */
export async function keepSection(
  tx: StoreTransaction,
  { incidentId, section, values, seen }: SectionToKeep,
  { accountId, now }: By,
): Promise<boolean> {
  const given = checked(section, values, now);
  const incident = await incidentRow(tx, incidentId);
  // The text for others grows while they ask: a later addition is accepted, and kept beside what was sent.
  if (section !== 'form' && !isOpenToChange(incident.state)) {
    throw new PortcullisError(
      'incidentSettled',
      'The report is with its approvers or approved. Have it returned first.',
    );
  }
  const standing = (await sectionsOf(tx, incidentId))[section];
  if (standing.revision !== seen) {
    throw new PortcullisError('sectionChanged', 'Somebody else has saved this part since you opened it.');
  }
  if (JSON.stringify(standing.values) === JSON.stringify(given)) return false;
  await addSection(tx, { incidentId, section, values: given, revision: seen + 1 }, { accountId, now });
  const columns = columnsOf(section, given, incident.confirmed_at);
  if (columns) await changeIncident(tx, incidentId, columns);
  await written(tx, incidentId, 'incident.changed', {
    ...{ at: now, accountId, action: 'changed', note: sections[section].title, detail: section },
  });
  return true;
}

/** Without questions asked: for the first words of an incident that is being opened. */
export async function addSection(
  tx: StoreTransaction,
  { incidentId, section, values, revision }: Omit<SectionToKeep, 'seen'> & { revision: number },
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  await tx
    .insertInto('incident_sections')
    .values({
      ...{ incident_id: incidentId, section, revision, document: JSON.stringify(values) },
      ...{ at: now, account_id: accountId },
    })
    .execute();
}

/** A clock may be a little ahead of ours, but nobody writes down what is to come. */
const leeway = 5 * 60_000;

function checked(section: SectionName, values: Values, now: number): Values {
  const given = sectionChecker(section).parse(values, sections[section].title) as Values;
  for (const [name, field] of Object.entries(sections[section].fields)) {
    const value = given[name];
    if (typeof value === 'string' && holdsNhsNumber(value)) {
      throw new InvalidError(
        `"${field.label}" holds what can be an NHS number. Leave identifiers of people out of it.`,
      );
    }
    if (typeof value === 'number' && value > now + leeway) {
      throw new InvalidError(`"${field.label}" lies in the future.`);
    }
  }
  if (section === 'what' && given.title === '') throw new InvalidError('Say in a few words what happened.');
  return given;
}

/** What lists are narrowed and sorted by. */
function columnsOf(section: SectionName, values: Values, confirmedAt: number | null): IncidentChanges | undefined {
  switch (section) {
    case 'what': {
      const { title, type } = values as SectionValues<'what'>;
      return { title, type: type === '' ? null : type };
    }
    case 'times':
      return { aware_at: (values as SectionValues<'times'>).aware };
    case 'risk': {
      const risk = riskScore(values as SectionValues<'risk'>);
      return { risk, due_at: risk === null || confirmedAt === null ? null : investigationDue(confirmedAt, risk) };
    }
    default:
      return undefined;
  }
}

/** Likelihood times impact; null while either is open. Pure. */
export function riskScore({ likelihood, impact }: Pick<SectionValues<'risk'>, 'likelihood' | 'impact'>): number | null {
  return likelihood === '' || impact === '' ? null : Number(likelihood) * Number(impact);
}
