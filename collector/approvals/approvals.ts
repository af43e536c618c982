import Type from 'typebox';
import { isoTime } from '#shared/clock.ts';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Approver, PermissionKind } from '#shared/policy/approvers.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { Approval } from '#shared/policy/standing.ts';
import { Count, checker, exactObject, Text } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import { bumpStanding } from '../policies/standing-version.ts';
import type { Doing } from '../register/media.ts';
import type { ApprovalsTable, Store } from '../store/tables.ts';

/** What is kept of a granted request: what agents are told, and what only people need. */
const GrantedApproval = exactObject({
  approval: Approval,
  /** The role whose decision it is under the profile, and the clause. */
  role: Text,
  clause: Text,
  /** What is moved, in words: never identifiers. */
  what: Type.Optional(Text),
  /** About how many people's records, where known. */
  records: Type.Optional(Count),
});
export type GrantedApproval = Type.Static<typeof GrantedApproval>;

/** A request that was decided, as it is typed in. */
export interface ApprovalToGrant extends Omit<Approval, 'id' | 'from' | 'to' | 'title'> {
  /** Milliseconds since 1970; it holds from `from` until just before `to`. */
  from: number;
  to: number;
  reason: string;
  /** In which role the approver decided; needed where the policy leaves it to several. */
  role?: string;
  /** In words; with `software` the name of the title. */
  what?: string;
  records?: number;
}

export interface ListedApproval extends GrantedApproval {
  state: 'waiting' | 'in force' | 'over' | 'revoked';
  reason: string;
  createdAt: number;
  revokedAt: number | null;
  revokedBy: string | null;
}

const granted = checker(GrantedApproval);
/** A year and a day: what is longer belongs in a rule of the policy, where everyone sees it. */
const longest = 366 * 24 * 60 * 60 * 1000;

/** Under which heading of the policy's `approvers` each kind is decided. */
const permissionOf: Record<Approval['kind'], PermissionKind> = {
  media: 'media-issue',
  transfer: 'bulk-transfer',
  'local-data': 'local-data',
  software: 'software',
  encryption: 'encryption-exception',
};

/** @returns its id. @throws InvalidError, PortcullisError `notPossible` when the policy knows no such permission */
export async function grantApproval(
  store: Store,
  { approvers }: Pick<Policy, 'approvers'>,
  given: ApprovalToGrant,
  { by, now, accountId = null }: Doing,
): Promise<string> {
  const document = checkedApproval(approvers?.[permissionOf[given.kind]], given, uuidv7(now), now);
  const { approval } = document;
  await within(store, async (tx) => {
    await checkComputer(tx, approval.computerId);
    await tx
      .insertInto('approvals')
      .values({
        id: approval.id,
        kind: approval.kind,
        computer_id: approval.computerId ?? null,
        document: JSON.stringify(document),
        approver: approval.approver,
        reason: cleanText(given.reason),
        created_at: now,
        from_at: given.from,
        to_at: given.to,
        revoked_at: null,
        revoked_by: null,
      })
      .execute();
    await recordAudit(tx, { at: now, accountId, action: 'approval.granted', object: approval.id, detail: by });
    await bumpStanding(tx);
  });
  return approval.id;
}

/** Does it in the transaction that is given, or in one of its own. */
async function within(store: Store, work: (tx: Store) => Promise<void>): Promise<void> {
  await (store.isTransaction ? work(store) : store.transaction().execute(work));
}

/**
 * What would be kept of it, so that a request can be held to the same before anybody decides. Pure.
 * @throws InvalidError, PortcullisError `notPossible`
 */
export function checkedApproval(
  approver: Approver | undefined,
  given: ApprovalToGrant,
  id: string,
  now: number,
): GrantedApproval {
  const { from, to, reason: _reason, role, what, records, ...rest } = given;
  if (!approver) {
    const says = `The policy in force names nobody who may permit this (approvers: ${permissionOf[given.kind]}).`;
    throw new PortcullisError('notPossible', says);
  }
  checkWindow(from, to, now);
  checkWords(given);
  return granted.parse(
    {
      approval: {
        id,
        ...rest,
        ...(given.kind === 'software' && { title: cleanText(what ?? '') }),
        from: isoTime(from),
        to: isoTime(to),
      },
      role: decidingRole(approver, role),
      clause: approver.clause,
      ...(what !== undefined && { what }),
      ...(records !== undefined && { records }),
    },
    'The approval',
  );
}

function decidingRole({ roles }: Approver, given: string | undefined): string {
  if (given === undefined && roles.length === 1) return roles[0] ?? '';
  const role = roles.find((one) => one === given);
  if (role) return role;
  throw new InvalidError(`Say in which role it was decided. The policy leaves it to: ${roles.join(', ')}.`);
}

function checkWindow(from: number, to: number, now: number): void {
  if (to <= from) throw new InvalidError('The approval ends before it begins.');
  if (to <= now) throw new InvalidError('The approval is over already.');
  if (to - from > longest) throw new InvalidError('An approval holds for a year at most. Write a rule instead.');
}

function checkWords({
  kind,
  reason,
  approver,
  reference,
  user,
  computerId,
  device,
  rights,
  what,
  encrypted,
}: ApprovalToGrant) {
  for (const [name, text] of Object.entries({ reason, approver, reference })) {
    if (cleanText(text) === '') throw new InvalidError(`The ${name} is missing.`);
  }
  if (kind === 'local-data' || kind === 'software' || kind === 'encryption') {
    if (device || rights) throw new InvalidError(`${withoutDevice[kind]} names no device.`);
    if (kind === 'software') {
      if (cleanText(what ?? '') === '') throw new InvalidError('Name the title, as the register of software does.');
      if (user !== undefined) throw new InvalidError('Agents cannot tell who installs software; name a computer.');
    } else if (computerId === undefined) throw new InvalidError(`${withoutDevice[kind]} names the computer.`);
    return;
  }
  if (!rights) throw new InvalidError('Name the rights it grants.');
  if (!device) throw new InvalidError('Name the medium: its serial number, or its maker and product.');
  if (kind === 'media') return;
  if (user === undefined) throw new InvalidError('An authorised transfer names the person.');
  if (cleanText(what ?? '') === '') throw new InvalidError('An authorised transfer says what is moved.');
  if (device.serial === undefined)
    throw new InvalidError('An authorised transfer names one medium by its serial number.');
  if (encrypted !== true) throw new InvalidError('An authorised transfer is encrypted; say so with --encrypted.');
}

const withoutDevice = {
  'local-data': 'A permission to keep data on a computer',
  software: 'A permission to install software',
  encryption: 'A permission to go without encryption',
} as const;

async function checkComputer(store: Store, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const known = await store.selectFrom('computers').select('id').where('id', '=', id).executeTakeFirst();
  if (!known) throw new PortcullisError('noSuchComputer', 'No computer has this id.');
}

/** Ends an approval at once. @throws PortcullisError `noSuchApproval` when there is none that could be ended */
export async function revokeApproval(store: Store, id: string, { by, now, accountId = null }: Doing): Promise<void> {
  await within(store, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('approvals')
      .set({ revoked_at: now, revoked_by: cleanText(by) })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .where('to_at', '>', now)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) {
      throw new PortcullisError('noSuchApproval', 'No approval with this id is in force or waiting.');
    }
    await recordAudit(tx, { at: now, accountId, action: 'approval.revoked', object: id, detail: by });
    await bumpStanding(tx);
  });
}

export async function listApprovals(store: Store, now: number): Promise<ListedApproval[]> {
  const rows = await store.selectFrom('approvals').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map((row) => ({
    ...documentOf(row),
    state: stateOf(row, now),
    reason: row.reason,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  }));
}

function stateOf(row: ApprovalsTable, now: number): ListedApproval['state'] {
  if (row.revoked_at !== null) return 'revoked';
  if (now < row.from_at) return 'waiting';
  return now < row.to_at ? 'in force' : 'over';
}

/** What agents are told: approvals that hold or will, however far ahead. */
export async function approvalsInForce(store: Store, now: number): Promise<Approval[]> {
  const rows = await store
    .selectFrom('approvals')
    .selectAll()
    .where('revoked_at', 'is', null)
    .where('to_at', '>', now)
    .orderBy('from_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => documentOf(row).approval);
}

/** Written by this module alone, checked before it was. */
function documentOf(row: ApprovalsTable): GrantedApproval {
  return JSON.parse(row.document) as GrantedApproval;
}
