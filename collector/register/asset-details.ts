import Type from 'typebox';
import { checker, exactObject, oneOf, Text } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { AssetDetailsTable } from '../store/register-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

export const disposalStates = ['in-use', 'in-store', 'for-disposal', 'disposed', 'lost'] as const;
export const portableAnswers = ['yes', 'no'] as const;
const longestNote = 2000;
const Note = Type.String({ maxLength: longestNote });

/** What no agent can know about a computer (focus 3.5, CCG 14). Empty text is nothing. */
export const AssetDetails = exactObject({
  assetTag: Text,
  owner: Text,
  iao: Text,
  location: Text,
  /** Empty: as the agent found. */
  portable: oneOf(['', ...portableAnswers]),
  disposal: oneOf(disposalStates),
  /** How and by whom the data were removed, and the certificate's number. */
  disposalNote: Note,
  notes: Note,
});
export type AssetDetails = Type.Static<typeof AssetDetails>;

export const noDetails: AssetDetails = {
  assetTag: '',
  owner: '',
  iao: '',
  location: '',
  portable: '',
  disposal: 'in-use',
  disposalNote: '',
  notes: '',
};

/** Which words go with a change. */
export interface Changed {
  accountId: string | null;
  now: number;
}

const details = checker(AssetDetails);

export async function detailsOf(store: Store, computerNo: number): Promise<AssetDetails> {
  const row = await store
    .selectFrom('asset_details')
    .selectAll()
    .where('computer_no', '=', computerNo)
    .executeTakeFirst();
  if (!row) return noDetails;
  return {
    assetTag: row.asset_tag ?? '',
    owner: row.owner ?? '',
    iao: row.iao ?? '',
    location: row.location ?? '',
    portable: row.portable ?? '',
    disposal: row.disposal,
    disposalNote: row.disposal_note ?? '',
    notes: row.notes ?? '',
  };
}

/**
 * Keeps the details of a computer, with an entry in the audit trail that names what changed.
 * @returns false when nothing is different
 * @throws InvalidError for a fact that does not fit
 */
export async function saveDetails(
  tx: StoreTransaction,
  computer: { no: number; id: string },
  given: AssetDetails,
  { accountId, now }: Changed,
): Promise<boolean> {
  const wanted = cleaned(details.parse(given, 'What is known about the computer'));
  const changes = changesBetween(await detailsOf(tx, computer.no), wanted);
  if (changes.length === 0) return false;
  const row = rowOf(computer.no, wanted, { accountId, now });
  await tx
    .insertInto('asset_details')
    .values(row)
    .onConflict((conflict) => conflict.column('computer_no').doUpdateSet(row))
    .execute();
  const detail = changes.map(({ field }) => field).join(', ');
  await recordAudit(tx, { at: now, accountId, action: 'computer.changed', object: computer.id, detail });
  return true;
}

export interface DetailChange {
  field: keyof AssetDetails;
  from: string;
  to: string;
}

/** Pure. */
export function changesBetween(from: AssetDetails, to: AssetDetails): DetailChange[] {
  return (Object.keys(noDetails) as (keyof AssetDetails)[]).flatMap((field) =>
    from[field] === to[field] ? [] : [{ field, from: from[field], to: to[field] }],
  );
}

function cleaned(given: AssetDetails): AssetDetails {
  return {
    ...given,
    assetTag: cleanText(given.assetTag),
    owner: cleanText(given.owner),
    iao: cleanText(given.iao),
    location: cleanText(given.location),
    disposalNote: cleanLines(given.disposalNote),
    notes: cleanLines(given.notes),
  };
}

/** Line ends are kept, which {@link cleanText} would take for something unsafe. */
function cleanLines(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => cleanText(line, longestNote));
  return lines.join('\n').trim();
}

function rowOf(computerNo: number, given: AssetDetails, { accountId, now }: Changed): AssetDetailsTable {
  const orNull = (text: string) => (text === '' ? null : text);
  return {
    computer_no: computerNo,
    asset_tag: orNull(given.assetTag),
    owner: orNull(given.owner),
    iao: orNull(given.iao),
    location: orNull(given.location),
    portable: given.portable === '' ? null : given.portable,
    disposal: given.disposal,
    disposal_note: orNull(given.disposalNote),
    notes: orNull(given.notes),
    changed_at: now,
    changed_by: accountId,
  };
}
