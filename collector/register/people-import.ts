import { hash } from 'node:crypto';
import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { type CsvRow, readCsv } from './csv.ts';
import { readMoment } from './moment.ts';
import { osNameKey } from './os-names.ts';
import { type Person, type PersonFacts, peopleOf, savePerson } from './people.ts';

/** Columns of the file. In those of several, `;` stands between the values. */
export const peopleColumns = [
  'reference',
  'name',
  'email',
  'team',
  'accounts',
  'supervises',
  'deputises',
  'starts',
  'leaves',
] as const;
type Column = (typeof peopleColumns)[number];
const required = ['reference', 'name'] as const;
const several = ['accounts', 'supervises', 'deputises'] as const;
const mostFaultsTold = 50;

/** What an import would do to one person. */
export interface PersonChange {
  kind: 'add' | 'change' | 'leave';
  reference: string;
  name: string;
  differences: { column: Column; from: string; to: string }[];
}

export interface PeoplePlan {
  changes: PersonChange[];
  unchanged: number;
  /** People who are in the register and not in the file. They stay, unless the file is said to be complete. */
  notInFile: number;
  /** Names these changes: given back on applying, it proves that what is applied is what was looked at. */
  fingerprint: string;
}

export interface PeopleFile {
  organisation: string;
  text: string;
  /** The file names everybody: who is not in it has left. */
  complete: boolean;
  /** `2026-11-21`: the last day of those who left. */
  today: string;
}

/** What an import would change, without changing it. @throws InvalidError with every line that has a fault */
export async function planPeople(store: Store, file: PeopleFile): Promise<PeoplePlan> {
  return plan(await peopleOf(store, file.organisation), readPeople(file.text), file);
}

export interface ImportBy {
  accountId: string | null;
  now: number;
  /** Of the plan that was looked at; undefined when nobody did. */
  fingerprint?: string | undefined;
}

/**
 * Changes the register as planned, all or nothing.
 * @throws InvalidError as {@link planPeople}, or `planChanged` when the register was changed since the plan was looked at
 */
export async function importPeople(store: Store, file: PeopleFile, by: ImportBy): Promise<PeoplePlan> {
  const given = readPeople(file.text);
  return store.transaction().execute(async (tx) => {
    const standing = await peopleOf(tx, file.organisation);
    const planned = plan(standing, given, file);
    if (by.fingerprint !== undefined && by.fingerprint !== planned.fingerprint) {
      const says = 'The register was changed since you looked at these changes. Look at them again.';
      throw new InvalidError(says, { code: 'planChanged' });
    }
    const people = new Map([...standing, ...given].map((person) => [person.reference, person]));
    await carryOut(tx, file, planned, people, by);
    return planned;
  });
}

async function carryOut(
  tx: StoreTransaction,
  { organisation, today }: PeopleFile,
  { changes }: PeoplePlan,
  people: ReadonlyMap<string, PersonFacts>,
  { accountId, now }: ImportBy,
): Promise<void> {
  for (const { kind, reference } of changes) {
    const person = people.get(reference);
    if (!person) continue;
    const facts = kind === 'leave' ? { ...person, leaves: today } : person;
    const object = await savePerson(tx, organisation, facts, now);
    await recordAudit(tx, { at: now, accountId, action: 'person.changed', object, detail: kind });
  }
  await recordAudit(tx, { at: now, accountId, action: 'people.imported', detail: `${changes.length} changes` });
}

/** Pure. */
function plan(standing: readonly Person[], given: readonly PersonFacts[], { complete, today }: PeopleFile): PeoplePlan {
  const known = new Map(standing.map((person) => [person.reference, person]));
  const named = new Set(given.map(({ reference }) => reference));
  refuseTaken(
    standing.filter(({ reference, leaves }) => !named.has(reference) && leaves === ''),
    given,
  );
  const missing = standing.filter(({ reference, leaves }) => !named.has(reference) && leaves === '');
  const changes: PersonChange[] = given.flatMap((facts) => {
    const before = known.get(facts.reference);
    const differences = differencesOf(before, facts);
    const { reference, name } = facts;
    return differences.length > 0 ? [{ kind: before ? 'change' : 'add', reference, name, differences } as const] : [];
  });
  const leavers = missing.map(({ reference, name }) => ({
    kind: 'leave' as const,
    reference,
    name,
    differences: [{ column: 'leaves' as const, from: '', to: today }],
  }));
  const all = complete ? [...changes, ...leavers] : changes;
  return {
    changes: all,
    unchanged: given.length - changes.length,
    notInFile: missing.length,
    fingerprint: hash('sha256', JSON.stringify(all)),
  };
}

/** A name on computers moves to somebody else only when the file says so of both, or the one before has left. */
function refuseTaken(others: readonly Person[], given: readonly PersonFacts[]): void {
  const owners = new Map(
    others.flatMap(({ accounts, reference }) => accounts.map((name) => [name, reference] as const)),
  );
  const faults = given.flatMap(({ reference, accounts }) =>
    accounts
      .filter((name) => owners.has(name))
      .map((name) => `${reference}: the account "${name}" is that of ${owners.get(name)}, who is not in the file.`),
  );
  if (faults.length > 0) throw new InvalidError(faultText(faults));
}

function differencesOf(before: Person | undefined, after: PersonFacts): PersonChange['differences'] {
  return peopleColumns
    .map((column) => ({ column, from: before ? textOf(before, column) : '', to: textOf(after, column) }))
    .filter(({ from, to }) => from !== to);
}

/** As it stands in a file. */
export function textOf(facts: PersonFacts, column: Column): string {
  return [facts[column]].flat().join(';');
}

/** @throws InvalidError with every line that has a fault */
function readPeople(text: string): PersonFacts[] {
  const faults: string[] = [];
  const people: PersonFacts[] = [];
  const seen = { references: new Map<string, number>(), accounts: new Map<string, number>() };
  for (const row of readCsv(text, peopleColumns, required)) {
    const person = personIn(row);
    const wrong = [...faultsOf(person), ...takenFaults(person, row.line, seen)];
    faults.push(...wrong.map((says) => `Line ${row.line}: ${says}`));
    people.push(person);
  }
  if (faults.length > 0) throw new InvalidError(faultText(faults));
  return people;
}

function personIn({ values }: CsvRow): PersonFacts {
  // An export puts an apostrophe before what a spreadsheet would take for a formula.
  const value = (column: Column) => (values[column] ?? '').replace(/^'(?=[=+\-@])/, '').trim();
  const list = (column: Column) => {
    const parts = value(column)
      .split(';')
      .map((part) => part.trim());
    return [...new Set(parts.filter((part) => part !== ''))].sort();
  };
  return {
    reference: value('reference'),
    name: value('name'),
    email: value('email').toLowerCase(),
    team: value('team'),
    accounts: [...new Set(list('accounts').map((name) => osNameKey(name).full))].sort(),
    supervises: list('supervises'),
    deputises: list('deputises'),
    starts: value('starts'),
    leaves: value('leaves'),
  };
}

function faultsOf(person: PersonFacts): string[] {
  const faults: string[] = [];
  for (const name of required) if (person[name] === '') faults.push(`There is no ${name}.`);
  for (const column of peopleColumns) {
    const texts = [person[column]].flat();
    if (texts.some((text) => cleanText(text) !== text)) {
      faults.push(`"${column}" is too long, or has characters that cannot be shown.`);
    }
  }
  for (const column of several) if (person[column].length > 32) faults.push(`"${column}" has more than 32 values.`);
  if (person.email !== '' && !/^[^\s@]+@[^\s@]+$/.test(person.email)) faults.push('The e-mail address is none.');
  for (const column of ['starts', 'leaves'] as const)
    if (!isDay(person[column])) faults.push(`"${column}" is a day such as 2026-12-31, or empty.`);
  if (person.starts !== '' && person.leaves !== '' && person.leaves < person.starts)
    faults.push('The last day comes before the first.');
  const both = person.supervises.find((team) => person.deputises.includes(team));
  if (both !== undefined)
    faults.push('Nobody deputises for themselves: a team is in both "supervises" and "deputises".');
  return faults;
}

function isDay(text: string): boolean {
  if (text === '') return true;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    readMoment(text, 'start');
    return true;
  } catch {
    return false;
  }
}

function takenFaults(
  { reference, accounts }: PersonFacts,
  line: number,
  seen: { references: Map<string, number>; accounts: Map<string, number> },
): string[] {
  const faults: string[] = [];
  const first = seen.references.get(reference);
  if (first !== undefined && reference !== '') faults.push(`Line ${first} has the same reference.`);
  seen.references.set(reference, first ?? line);
  for (const account of accounts) {
    const other = seen.accounts.get(account);
    if (other !== undefined && other !== line) faults.push(`Line ${other} has the account "${account}" too.`);
    seen.accounts.set(account, other ?? line);
  }
  return faults;
}

function faultText(faults: readonly string[]): string {
  const more = faults.length - mostFaultsTold;
  const told = faults.slice(0, mostFaultsTold);
  return ['Nothing was imported.', ...told, ...(more > 0 ? [`And ${more} faults more.`] : [])].join('\n');
}
