import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import Type from 'typebox';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { Count, checker, exactObject, Text, Uuid } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Role } from '../accounts/roles.ts';
import type { DisclosureCopiesTable, DisclosuresTable } from '../store/export-tables.ts';
import type { Store } from '../store/tables.ts';
import type { DisclosureApprovers } from './disclosure-approvers.ts';

const Sentences = Type.String({ minLength: 1, maxLength: 2000 });

/** What was asked for, by whom and on which ground. */
export const DisclosureAsked = exactObject({
  /** Ids of people in the register. None: the computers alone are the scope. */
  people: Type.Array(Uuid, { maxItems: 50 }),
  /** Ids of computers. None: wherever those people worked. */
  computers: Type.Array(Uuid, { maxItems: 200 }),
  /** Milliseconds since 1970, by the computers' clocks; `to` is not in it. */
  from: Count,
  to: Count,
  requester: Type.String({ minLength: 1, maxLength: 255 }),
  /** The requester's own reference. */
  reference: Text,
  legalBasis: Sentences,
  purpose: Sentences,
});
export type DisclosureAsked = Type.Static<typeof DisclosureAsked>;

export type Disclosure = Omit<Selectable<DisclosuresTable>, 'document'> & { asked: DisclosureAsked };
export type DisclosureCopy = Selectable<DisclosureCopiesTable>;

const asked = checker(DisclosureAsked);

/** Writes down what is asked for. @returns its id. @throws InvalidError */
export async function prepareDisclosure(
  store: Store,
  given: DisclosureAsked,
  { accountId, now }: { accountId: string; now: number },
): Promise<string> {
  const document = checkedScope(asked.parse(given, 'The disclosure'), now);
  const id = uuidv7(now);
  await store.transaction().execute(async (tx) => {
    await needKnown(tx, document);
    const last = await tx
      .selectFrom('disclosures')
      .select((build) => build.fn.max('number').as('number'))
      .executeTakeFirst();
    await tx
      .insertInto('disclosures')
      .values({
        id,
        number: (last?.number ?? 0) + 1,
        state: 'prepared',
        document: JSON.stringify(document),
        prepared_at: now,
        prepared_by: accountId,
        secret: randomBytes(32),
      })
      .execute();
    await recordAudit(tx, { at: now, accountId, action: 'disclosure.prepared', object: id });
  });
  return id;
}

/** Pure. @throws InvalidError */
function checkedScope(document: DisclosureAsked, now: number): DisclosureAsked {
  const { people, computers, from, to } = document;
  if (people.length === 0 && computers.length === 0)
    throw new InvalidError('Name at least one person or one computer: a disclosure is never of everything.');
  if (to <= from) throw new InvalidError('The period would end before it begins.');
  if (from > now) throw new InvalidError('The period lies in the future.');
  return { ...document, requester: cleanText(document.requester), reference: cleanText(document.reference) };
}

/** @throws InvalidError */
async function needKnown(tx: Store, { people, computers }: DisclosureAsked): Promise<void> {
  const knownPeople = await tx
    .selectFrom('people')
    .select('id')
    .where('id', 'in', ['', ...people])
    .execute();
  if (knownPeople.length < new Set(people).size)
    throw new InvalidError('A person in the scope is not in the register.');
  const known = await tx
    .selectFrom('computers')
    .select('id')
    .where('id', 'in', ['', ...computers])
    .execute();
  if (known.length < new Set(computers).size) throw new InvalidError('A computer in the scope is not known.');
}

export interface Decision {
  id: string;
  approved: boolean;
  reason: string;
}

/** Lets it go or refuses it, once. @throws InvalidError, PortcullisError `noSuchDisclosure`, `decided`, `ownDisclosure`, `notApprover` */
export async function decideDisclosure(
  store: Store,
  { id, approved, reason }: Decision,
  by: { accountId: string; role: Role; approvers: DisclosureApprovers; now: number },
): Promise<void> {
  if (cleanText(reason) === '') throw new InvalidError('Give a reason for the decision.');
  await store.transaction().execute(async (tx) => {
    const row = await disclosureById(tx, id);
    if (!row) throw new PortcullisError('noSuchDisclosure', 'There is no such disclosure.');
    if (row.state !== 'prepared') throw new PortcullisError('decided', 'This is decided already.');
    if (row.prepared_by === by.accountId)
      throw new PortcullisError('ownDisclosure', 'You prepared this yourself. Somebody else has to decide.');
    if (!by.approvers.roles.includes(by.role))
      throw new PortcullisError('notApprover', 'The policy leaves this decision to somebody else.');
    const { accountId, role, approvers, now } = by;
    await tx
      .updateTable('disclosures')
      .set({
        state: approved ? 'approved' : 'refused',
        decided_at: now,
        decided_by: accountId,
        decided_as: role,
        clause: approvers.clause ?? null,
        decision_reason: cleanText(reason),
      })
      .where('id', '=', id)
      .execute();
    const action = approved ? 'disclosure.approved' : 'disclosure.refused';
    await recordAudit(tx, { at: now, accountId, action, object: id, detail: reason });
  });
}

/** Enters a copy into the register, before it leaves. */
export async function noteCopy(store: Store, copy: Omit<DisclosureCopy, 'id'>): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await tx
      .insertInto('disclosure_copies')
      .values({ id: uuidv7(copy.at), ...copy })
      .execute();
    const { at, by: accountId, disclosure_id: object, sha256 } = copy;
    await recordAudit(tx, { at, accountId, action: 'disclosure.copied', object, detail: `SHA-256 ${sha256}` });
  });
}

/** The register, newest first. */
export async function listDisclosures(store: Store): Promise<Disclosure[]> {
  const rows = await store.selectFrom('disclosures').selectAll().orderBy('number', 'desc').execute();
  return rows.map(disclosureOf);
}

export async function disclosureById(store: Store, id: string): Promise<Disclosure | undefined> {
  const row = await store.selectFrom('disclosures').selectAll().where('id', '=', id).executeTakeFirst();
  return row && disclosureOf(row);
}

export async function copiesOf(store: Store, id: string): Promise<DisclosureCopy[]> {
  return store.selectFrom('disclosure_copies').selectAll().where('disclosure_id', '=', id).orderBy('at').execute();
}

/** Written by this module alone, checked before it was. */
function disclosureOf({ document, ...row }: Selectable<DisclosuresTable>): Disclosure {
  return { ...row, asked: JSON.parse(document) as DisclosureAsked };
}
