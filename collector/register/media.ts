import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { encryptionOwners } from '#shared/device/facts.ts';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { RegisterEntry } from '#shared/policy/standing.ts';
import { checker, exactObject, oneOf } from '#shared/schema.ts';
import { cleanText, longestText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { MediaHistoryTable, MediaTable, Store, StoreTransaction } from '../store/tables.ts';

const Words = Type.String({ minLength: 1, maxLength: longestText });
const UsbId = Type.String({ pattern: '^[0-9a-f]{4}$' });

/** A stick or disk to be handed out (focus 4.6, CCG 6.2). */
export const MediumToIssue = exactObject({
  serial: Words,
  vendorId: Type.Optional(UsbId),
  productId: Type.Optional(UsbId),
  /** What is written on it. */
  label: Type.Optional(Words),
  holder: Words,
  encryptedBy: Type.Optional(oneOf(encryptionOwners)),
  approver: Words,
  /** Milliseconds since 1970; from then on it counts as expired. */
  expiresAt: Type.Optional(Type.Integer()),
});
export type MediumToIssue = Type.Static<typeof MediumToIssue>;

/** Who changed something, when and why. */
export interface Doing {
  by: string;
  /** Their account at the console; absent for a command. */
  accountId?: string | null;
  now: number;
  note?: string | undefined;
}

export interface Medium extends MediumToIssue {
  id: string;
  state: MediaTable['state'];
  issuedAt: number;
}

const toIssue = checker(MediumToIssue);
/** From which states a medium can come into each. What was retired is destroyed and never comes back. */
const allowed: Record<MediaTable['state'], readonly MediaTable['state'][]> = {
  issued: ['returned'],
  lost: ['issued', 'returned'],
  returned: ['issued', 'lost'],
  retired: ['issued', 'lost', 'returned'],
};

/**
 * Hands a medium out. One that was returned keeps its entry and its history.
 * @returns its id
 * @throws InvalidError for a fact that does not fit. @throws PortcullisError `mediumKnown` when it is out already, lost or retired
 */
export async function issueMedium(tx: StoreTransaction, given: MediumToIssue, doing: Doing): Promise<string> {
  const medium = checked(given);
  const known = await sameMedium(tx, medium);
  if (known && !allowed.issued.includes(known.state)) {
    throw new PortcullisError('mediumKnown', `A medium with this serial number is in the register as ${known.state}.`);
  }
  const row = rowOf(medium, known?.id ?? uuidv7(doing.now), doing.now);
  await tx
    .insertInto('media')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  await written(tx, row.id, 'issued', doing);
  return row.id;
}

function checked(given: MediumToIssue): MediumToIssue {
  const medium = toIssue.parse(given, 'The medium');
  const words = [medium.serial, medium.holder, medium.approver, medium.label ?? ''];
  if (words.some((text) => cleanText(text) !== text)) {
    throw new InvalidError(
      'The medium does not fit: a word has blanks at its ends or characters that cannot be shown.',
    );
  }
  if (!/[^\s0]/.test(medium.serial)) {
    throw new InvalidError('The serial number is blank or only zeros. Such a medium cannot be told from others.');
  }
  return medium;
}

/** Serial numbers are compared in either case; the maker's numbers only where both entries have them. */
async function sameMedium(tx: StoreTransaction, medium: MediumToIssue): Promise<MediaTable | undefined> {
  const rows = await tx
    .selectFrom('media')
    .selectAll()
    .where((build) => build(build.fn<string>('lower', ['serial']), '=', medium.serial.toLowerCase()))
    .execute();
  const fits = (one: string | null, other: string | undefined) => one === null || other === undefined || one === other;
  return rows.find((row) => fits(row.vendor_id, medium.vendorId) && fits(row.product_id, medium.productId));
}

function rowOf(medium: MediumToIssue, id: string, now: number): MediaTable {
  return {
    id,
    vendor_id: medium.vendorId ?? null,
    product_id: medium.productId ?? null,
    serial: medium.serial,
    label: medium.label ?? null,
    state: 'issued',
    holder: medium.holder,
    encrypted_by: medium.encryptedBy ?? null,
    approver: medium.approver,
    issued_at: now,
    expires_at: medium.expiresAt ?? null,
  };
}

/**
 * Writes a medium down as lost, returned or retired.
 * @param reference its id, or its serial number where only one medium has it
 * @throws PortcullisError `noSuchMedium`, `ambiguous`, `wrongState`
 */
export async function changeMedium(
  tx: StoreTransaction,
  reference: string,
  to: Exclude<MediaTable['state'], 'issued'>,
  doing: Doing,
): Promise<Medium> {
  const medium = await findMedium(tx, reference);
  if (!allowed[to].includes(medium.state)) {
    throw new PortcullisError('wrongState', `The medium is in the register as ${medium.state} and cannot be ${to}.`);
  }
  await tx.updateTable('media').set({ state: to }).where('id', '=', medium.id).execute();
  await written(tx, medium.id, to, doing);
  return { ...medium, state: to };
}

async function written(
  tx: StoreTransaction,
  mediumId: string,
  state: MediaTable['state'],
  doing: Doing,
): Promise<void> {
  const { by, now: at, note } = doing;
  const clean = note === undefined ? null : cleanText(note);
  const entry: MediaHistoryTable = { id: uuidv7(at), medium_id: mediumId, at, state, by: cleanText(by), note: clean };
  await tx.insertInto('media_history').values(entry).execute();
  await recordAudit(tx, { at, accountId: null, action: `medium.${state}`, object: mediumId, detail: by });
  await bumpStanding(tx);
}

export async function findMedium(store: Store, reference: string): Promise<Medium> {
  const rows = await store
    .selectFrom('media')
    .selectAll()
    .where((build) =>
      build.or([
        build('id', '=', reference),
        build(build.fn<string>('lower', ['serial']), '=', reference.toLowerCase()),
      ]),
    )
    .execute();
  const [row, ...more] = rows;
  if (!row) throw new PortcullisError('noSuchMedium', 'No medium in the register has this id or serial number.');
  if (more.length > 0) {
    throw new PortcullisError('ambiguous', 'Several media have this serial number. Name the medium by its id.');
  }
  return mediumOf(row);
}

export async function listMedia(store: Store): Promise<Medium[]> {
  const rows = await store
    .selectFrom('media')
    .selectAll()
    .orderBy('issued_at')
    .orderBy('serial')
    .orderBy('id')
    .execute();
  return rows.map(mediumOf);
}

export async function mediumHistory(store: Store, mediumId: string): Promise<MediaHistoryTable[]> {
  return store
    .selectFrom('media_history')
    .selectAll()
    .where('medium_id', '=', mediumId)
    .orderBy('at')
    .orderBy('id')
    .execute();
}

function mediumOf(row: MediaTable): Medium {
  return {
    id: row.id,
    serial: row.serial,
    ...(row.vendor_id !== null && { vendorId: row.vendor_id }),
    ...(row.product_id !== null && { productId: row.product_id }),
    ...(row.label !== null && { label: row.label }),
    holder: row.holder,
    ...(row.encrypted_by !== null && { encryptedBy: row.encrypted_by }),
    approver: row.approver,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    state: row.state,
    issuedAt: row.issued_at,
  };
}

/** The register as agents are told it. Labels are for people and stay here. */
export async function registerEntries(store: Store): Promise<RegisterEntry[]> {
  const media = await listMedia(store);
  return media.map(({ label: _label, issuedAt: _issued, expiresAt, ...entry }) => ({
    ...entry,
    ...(expiresAt !== undefined && { expires: isoTime(expiresAt) }),
  }));
}
