import { PortcullisError } from '#shared/errors.ts';
import type { Coverage, Inventory } from '#shared/events/agent.ts';
import { firstLink } from '#shared/events/chain.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Status } from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

export interface EnrolledComputer {
  no: number;
  id: string;
  publicKey: string;
  state: 'active' | 'retired';
  headSeq: number;
  headLink: Buffer;
}

/** One key, one computer. */
export class KeyEnrolledError extends PortcullisError {
  constructor() {
    super('keyEnrolled', 'A computer is enrolled with this key already. Enrol with a new key.');
  }
}

export interface NewComputer {
  /** UUIDv7; made here when not given. */
  id?: string;
  publicKey: string;
  hostname: string;
  version: string;
  /** Shared with the agent, base64url; without it no one-time codes can be made. */
  codeSecret?: string;
  now: number;
}

/** Adds a computer. Its chain begins from its key. @returns its id. @throws KeyEnrolledError */
export async function addComputer(
  tx: StoreTransaction,
  { id: given, publicKey, hostname, version, codeSecret, now }: NewComputer,
): Promise<string> {
  const id = given ?? uuidv7(now);
  const holder = await tx.selectFrom('computers').select('id').where('public_key', '=', publicKey).executeTakeFirst();
  if (holder) throw new KeyEnrolledError();
  const highest = await tx
    .selectFrom('computers')
    .select((eb) => eb.fn.max('no').as('no'))
    .executeTakeFirst();
  await tx
    .insertInto('computers')
    .values({
      no: (highest?.no ?? 0) + 1,
      id,
      public_key: publicKey,
      hostname,
      short_name: shortName(hostname),
      state: 'active',
      enrolled_at: now,
      head_seq: 0,
      head_link: firstLink(publicKey),
      last_seen_at: null,
      agent_version: version,
      os: null,
      policy_version: null,
      coverage: null,
      status: null,
      inventory: null,
      head_proof: null,
      code_secret: codeSecret ?? null,
    })
    .execute();
  return id;
}

/** Number of the collector's own row: see {@link ComputersTable.state}. */
const ownNo = 0;

/** The collector's own row, made when first needed. It has no key and no events, and no agent can be it. */
export async function ownComputer(tx: StoreTransaction, now: number): Promise<{ no: number; id: string }> {
  const standing = await tx.selectFrom('computers').select(['no', 'id']).where('no', '=', ownNo).executeTakeFirst();
  if (standing) return standing;
  const id = uuidv7(now);
  await tx
    .insertInto('computers')
    .values({
      no: ownNo,
      id,
      public_key: '',
      hostname: 'the collector',
      state: 'collector',
      enrolled_at: now,
      head_seq: 0,
      head_link: firstLink(''),
      last_seen_at: null,
      agent_version: null,
      os: null,
      policy_version: null,
      coverage: null,
      status: null,
      inventory: null,
      head_proof: null,
      code_secret: null,
    })
    .execute();
  return { no: ownNo, id };
}

export async function findComputer(store: Store, id: string): Promise<EnrolledComputer | undefined> {
  const row = await store
    .selectFrom('computers')
    .select(['no', 'id', 'public_key', 'state', 'head_seq', 'head_link'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    no: row.no,
    id: row.id,
    publicKey: row.public_key,
    // No agent can be the collector itself.
    state: row.state === 'active' ? 'active' : 'retired',
    headSeq: row.head_seq,
    headLink: row.head_link,
  };
}

export interface HeadMove {
  no: number;
  from: { seq: number; link: Buffer };
  to: { seq: number; link: Buffer };
  /** JSON of SignedHead. */
  proof: string;
  now: number;
}

/** Makes the function that moves a head, if it still stands where the batch follows on; it answers false when it does not. */
export function headAdvancer(store: Store): (tx: StoreTransaction, move: HeadMove) => Promise<boolean> {
  const nowhere = Buffer.alloc(0);
  // Compiled once, because every batch comes by here.
  const query = store
    .updateTable('computers')
    .set({ head_seq: 0, head_link: nowhere, head_proof: '', last_seen_at: 0 })
    .where('no', '=', 0)
    .where('head_seq', '=', 0)
    .where('head_link', '=', nowhere)
    .compile();
  return async (tx, { no, from, to, proof, now }) => {
    const parameters = [to.seq, to.link, proof, now, no, from.seq, from.link];
    const { numAffectedRows } = await tx.executeQuery({ ...query, parameters });
    return numAffectedRows === 1n;
  };
}

/** Makes the function that keeps what an agent says of itself. */
export function statusSaver(
  store: Store,
): (tx: StoreTransaction, no: number, status: Status, now: number) => Promise<void> {
  // Compiled once, because ten thousand agents say it every half minute.
  const query = store
    .updateTable('computers')
    .set({ status: '', conditions: 0, spool_events: 0, policy_version: 0, last_seen_at: 0 })
    .where('no', '=', 0)
    .compile();
  return async (tx, no, { type: _type, ...rest }, now) => {
    const { conditions, spool, policyVersion } = rest;
    const parameters = [JSON.stringify(rest), conditions.length, spool.events, policyVersion, now, no];
    await tx.executeQuery({ ...query, parameters });
  };
}

/** What the register keeps of a computer's own events. */
export interface ComputerFacts {
  coverage?: Coverage[];
  inventory?: Inventory;
  version?: string;
  os?: string;
}

/** Pure: the newest facts about the computer in a run of its events, or undefined when there are none. */
export function factsIn(events: readonly PortcullisEvent[]): ComputerFacts | undefined {
  let facts: ComputerFacts | undefined;
  for (const event of events) {
    if (event.kind === 'agent.coverage-changed') facts = { ...facts, coverage: event.data.coverage };
    else if (event.kind === 'inventory.recorded') facts = { ...facts, inventory: event.data.inventory };
    else if (event.kind === 'agent.started') facts = { ...facts, version: event.data.version, os: event.data.os };
  }
  return facts;
}

/** `FOC-LT-014.example.org` and `foc-lt-014` are one computer. Pure. */
export function shortName(hostname: string): string {
  return hostname.toLowerCase().split('.', 1)[0] ?? '';
}

function coverageColumns(coverage: Coverage[]) {
  const inState = (state: Coverage['state']) => coverage.filter((area) => area.state === state).length;
  return {
    coverage: JSON.stringify(coverage),
    areas_failed: inState('failed'),
    areas_degraded: inState('degraded'),
  };
}

function inventoryColumns(inventory: Inventory) {
  const { portable } = inventory;
  return {
    inventory: JSON.stringify(inventory),
    hostname: inventory.hostname,
    short_name: shortName(inventory.hostname),
    make: inventory.manufacturer ?? null,
    model: inventory.model ?? null,
    serial: inventory.serial ?? null,
    os_name: `${inventory.osName} ${inventory.osVersion}`,
    portable: portable === undefined ? null : Number(portable),
  };
}

export async function saveFacts(tx: StoreTransaction, no: number, facts: ComputerFacts): Promise<void> {
  await tx
    .updateTable('computers')
    .set({
      ...(facts.coverage && coverageColumns(facts.coverage)),
      ...(facts.inventory && inventoryColumns(facts.inventory)),
      ...(facts.version !== undefined && { agent_version: facts.version }),
      ...(facts.os !== undefined && { os: facts.os }),
    })
    .where('no', '=', no)
    .execute();
}
