import { verifyAudit } from '../accounts/audit-chain.ts';
import { stoodAt } from '../gateway/authenticate.ts';
import { samePlace } from '../gateway/ingest.ts';
import { openStore } from '../store/database.ts';
import { proofReader } from '../store/proof.ts';
import type { ComputersTable, Store } from '../store/tables.ts';
import { brokenPages } from './pages.ts';

export interface StoreCheck {
  computers: number;
  /** What does not hold, a sentence each. None: the pages fit together, and so does the end of every chain. */
  faults: string[];
}

/** Looks at a store that nobody writes to: its pages, the end of every computer's chain, and the audit trail. */
export async function checkStore(file: string): Promise<StoreCheck> {
  const broken = brokenPages(file);
  // What a damaged file says of its chains is worth nothing, and reading it may fail anywhere.
  if (broken.length > 0) return { computers: 0, faults: broken };
  const { store, close } = openStore(file, { readOnly: true });
  try {
    return await checkChains(store);
  } finally {
    await close();
  }
}

async function checkChains(store: Store): Promise<StoreCheck> {
  const rows = await store
    .selectFrom('computers')
    .select(['no', 'id', 'public_key', 'head_seq', 'head_link', 'head_proof'])
    .where('state', '!=', 'collector')
    .execute();
  const faults: string[] = [];
  for (const row of rows) {
    const fault = await headFault(store, row);
    if (fault) faults.push(`Computer ${row.id}: ${fault}`);
  }
  const audit = await verifyAudit(store);
  if (audit.fault) faults.push(`Audit trail: ${audit.fault}`);
  return { computers: rows.length, faults };
}

type Head = Pick<ComputersTable, 'id' | 'public_key' | 'head_seq' | 'head_link' | 'head_proof'> & { no: number };

async function headFault(store: Store, row: Head): Promise<string | undefined> {
  const { no, head_seq: seq, head_link: link } = row;
  const reached = await stoodAt(store, { no, publicKey: row.public_key }, seq);
  if (!reached?.equals(link)) return `number ${seq} was acknowledged and is not what is stored.`;
  if (seq === 0) return undefined;
  const signed = proofReader(row.id, row.public_key)(row.head_proof)?.head;
  return signed && samePlace(signed, { seq, link })
    ? undefined
    : `that its chain ends at number ${seq} was not signed by it.`;
}
