import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { type By, written } from './timeline.ts';

export interface EvidenceToList {
  what: string;
  keptAt: string;
  /** Empty for what is no file. */
  sha256: string;
}

/**
 * Names a piece of evidence that is kept elsewhere: a photograph, a file, a medium in a safe. @throws InvalidError */
export async function listEvidence(
  tx: StoreTransaction,
  incidentId: string,
  given: EvidenceToList,
  { accountId, now }: By,
): Promise<void> {
  const [what, keptAt] = [cleanText(given.what), cleanText(given.keptAt)];
  const sha256 = given.sha256.trim().toLowerCase();
  if (what === '') throw new InvalidError('Say what the piece of evidence is.');
  if (keptAt === '') throw new InvalidError('Say where it is kept.');
  if (sha256 !== '' && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new InvalidError('A SHA-256 has 64 digits and letters a to f. "sha256sum FILE" prints it.');
  }
  await tx
    .insertInto('incident_evidence')
    .values({
      ...{ id: uuidv7(now), incident_id: incidentId, what, kept_at: keptAt, sha256: sha256 === '' ? null : sha256 },
      ...{ at: now, account_id: accountId },
    })
    .execute();
  await written(tx, incidentId, 'incident.changed', {
    ...{ at: now, accountId, action: 'evidence-added', note: what, detail: 'evidence' },
  });
}

/** In the order it was named. */
export async function evidenceOf(store: Store, incidentId: string) {
  return store
    .selectFrom('incident_evidence')
    .innerJoin('accounts', 'accounts.id', 'incident_evidence.account_id')
    .selectAll('incident_evidence')
    .select('accounts.display_name as who')
    .where('incident_id', '=', incidentId)
    .orderBy('at')
    .orderBy('incident_evidence.id')
    .execute();
}
