import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import {
  type CodeGrant,
  codeMinutes,
  grantFault,
  isChallengeOf,
  makeCode,
  readChallenge,
  spoken,
} from '#shared/policy/code.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { Doing } from '../register/media.ts';
import type { CodesTable, ComputersTable, Store, StoreTransaction } from '../store/tables.ts';

export interface CodeToMake {
  /** Id of the computer, or its host name where only one has it. */
  computer: string;
  /** As it was heard on the telephone. */
  challenge: string;
  grant: CodeGrant;
  approver: string;
  reason: string;
}

export interface MadeCode {
  id: string;
  computerId: string;
  hostname: string;
  challenge: string;
  /** Twelve characters in groups of four. Not kept: it can be made again from the challenge. */
  code: string;
}

const day = 24 * 60 * 60 * 1000;
/** A challenge lives for a day; a code holds for {@link codeMinutes} at most. After both, nothing is left to cancel. */
const longestLife = 2 * day + Math.max(...codeMinutes) * 60_000;

/**
 * Makes the code for a challenge and writes down who agreed to it and why.
 * @throws PortcullisError `noSuchComputer`, `ambiguous`, `noCodeSecret`, `wrongChallenge`, `cancelled`. @throws InvalidError
 */
export async function makeOneTimeCode(
  store: Store,
  given: CodeToMake,
  { by, now, accountId = null }: Doing,
): Promise<MadeCode> {
  const { grant } = given;
  for (const [name, text] of Object.entries({ approver: given.approver, reason: given.reason })) {
    if (cleanText(text) === '') throw new InvalidError(`The ${name} is missing.`);
  }
  const fault = grantFault(grant);
  if (fault !== undefined) throw new InvalidError(fault);
  return store.transaction().execute(async (tx) => {
    const { id: computerId, hostname, secret } = await findSecret(tx, given.computer);
    const challenge = heardRight(secret, given.challenge);
    await refuseCancelled(tx, computerId, challenge);
    const row: CodesTable = {
      id: uuidv7(now),
      computer_id: computerId,
      challenge,
      document: JSON.stringify(grant),
      approver: cleanText(given.approver),
      reason: cleanText(given.reason),
      created_at: now,
      redeemed_at: null,
      cancelled_at: null,
    };
    await tx.insertInto('codes').values(row).execute();
    await recordAudit(tx, { at: now, accountId, action: 'code.made', object: row.id, detail: by });
    return {
      id: row.id,
      computerId,
      hostname,
      challenge,
      code: spoken(makeCode(secret, computerId, challenge, grant)),
    };
  });
}

function heardRight(secret: string, typed: string): string {
  const challenge = readChallenge(typed);
  if (challenge === undefined) throw new InvalidError('A challenge has eight letters and digits, like 7K3M-9QXV.');
  if (!isChallengeOf(secret, challenge)) {
    const says = 'This challenge is not from that computer, or was misheard. Have it read out again.';
    throw new PortcullisError('wrongChallenge', says);
  }
  return challenge;
}

async function findSecret(store: Store, reference: string): Promise<{ id: string; hostname: string; secret: string }> {
  const rows = await store
    .selectFrom('computers')
    .select(['id', 'hostname', 'code_secret'])
    .where('state', '=', 'active')
    .where((build) => build.or([build('id', '=', reference), build('hostname', '=', reference)]))
    .execute();
  const { id, hostname, code_secret: secret } = theOnly(rows);
  if (secret === null) {
    throw new PortcullisError('noCodeSecret', 'This computer was enrolled before there were codes. Enrol it again.');
  }
  return { id, hostname, secret };
}

function theOnly<R extends Pick<ComputersTable, 'id'>>([row, ...more]: R[]): R {
  if (!row) throw new PortcullisError('noSuchComputer', 'No computer has this id or host name.');
  if (more.length > 0)
    throw new PortcullisError('ambiguous', 'Several computers have this host name. Name one by its id.');
  return row;
}

async function refuseCancelled(tx: StoreTransaction, computerId: string, challenge: string): Promise<void> {
  const gone = await tx
    .selectFrom('codes')
    .select('id')
    .where('computer_id', '=', computerId)
    .where('challenge', '=', challenge)
    .where((build) => build.or([build('cancelled_at', 'is not', null), build('redeemed_at', 'is not', null)]))
    .executeTakeFirst();
  if (gone)
    throw new PortcullisError('usedUp', 'The code for this challenge was used or cancelled. Ask for a new challenge.');
}

/**
 * Takes a code back: at its computer it ends as soon as that is back online, and if it was not used yet it never can be.
 * @param reference its challenge, or the id of the code. @throws PortcullisError `noSuchCode`
 */
export async function cancelCode(store: Store, reference: string, { by, now, accountId = null }: Doing): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const challenge = readChallenge(reference);
    const rows = await tx
      .selectFrom('codes')
      .select('id')
      .where('cancelled_at', 'is', null)
      .where((build) => build.or([build('id', '=', reference), build('challenge', '=', challenge ?? '')]))
      .execute();
    if (rows.length === 0)
      throw new PortcullisError('noSuchCode', 'No code with this id or challenge can be cancelled.');
    const ids = rows.map(({ id }) => id);
    await tx.updateTable('codes').set({ cancelled_at: now }).where('id', 'in', ids).execute();
    for (const id of ids) {
      await recordAudit(tx, { at: now, accountId, action: 'code.cancelled', object: id, detail: by });
    }
    await bumpStanding(tx);
  });
}

export interface ListedCode extends Omit<CodesTable, 'document' | 'computer_id'> {
  computerId: string;
  hostname: string | null;
  grant: CodeGrant;
}

export async function listCodes(store: Store): Promise<ListedCode[]> {
  const rows = await store
    .selectFrom('codes')
    .leftJoin('computers', 'computers.id', 'codes.computer_id')
    .selectAll('codes')
    .select('computers.hostname as hostname')
    .orderBy('codes.created_at')
    .orderBy('codes.id')
    .execute();
  return rows.map(({ document, computer_id: computerId, ...row }) => ({
    ...row,
    computerId,
    // Written by this module alone.
    grant: JSON.parse(document) as CodeGrant,
  }));
}

export async function cancelledCodes(store: Store, now: number): Promise<{ computerId: string; challenge: string }[]> {
  return store
    .selectFrom('codes')
    .select(['computer_id as computerId', 'challenge'])
    .where('cancelled_at', 'is not', null)
    .where('created_at', '>', now - longestLife)
    .distinct()
    .execute();
}

/** A code that an agent says was typed in. */
export interface RedeemedAt {
  challenge: string;
  at: number;
}

/** Pure. */
export function redeemedIn(events: readonly PortcullisEvent[]): RedeemedAt[] {
  return events.flatMap((event) =>
    event.kind === 'code.redeemed' ? [{ challenge: event.data.challenge, at: Date.parse(event.at) }] : [],
  );
}

/** Notes when codes were used. @returns whether each of them was made here; one that was not means a secret is known */
export async function noteRedeemed(tx: StoreTransaction, computerNo: number, redeemed: RedeemedAt[]): Promise<boolean> {
  let allKnown = true;
  for (const { challenge, at } of redeemed) {
    const { numUpdatedRows } = await tx
      .updateTable('codes')
      .set({ redeemed_at: at })
      .where('challenge', '=', challenge)
      .where('computer_id', '=', (build) => build.selectFrom('computers').select('id').where('no', '=', computerNo))
      .executeTakeFirst();
    allKnown &&= numUpdatedRows > 0n;
  }
  return allKnown;
}
