import { readFileSync } from 'node:fs';
import { isoTime } from '#shared/clock.ts';
import type { Signer } from '#shared/identity.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { policySha256, policyText, type SignedPolicy, signingContexts } from '#shared/protocol/protocol.ts';
import type { ProfileName } from '../home.ts';
import type { PoliciesTable, Store } from '../store/tables.ts';
import { withSetting } from './setting.ts';

export interface PublishedPolicy {
  version: number;
  sha256: string;
  publishedAt: number;
  reason: string;
  publishedBy: string;
  approver: string | null;
  policy: Policy;
  /** What agents fetch. */
  signed: SignedPolicy;
}

/** The text of a profile the product ships. @param organisation whom it is for, instead of the one it was written after */
export function profileText(profile: ProfileName, organisation?: string): string {
  const text = readFileSync(new URL(`../../shared/policy/profiles/${profile}.yaml`, import.meta.url), 'utf8');
  return organisation === undefined ? text : withSetting(text, 'organisation', organisation);
}

export interface PolicyToPublish {
  text: string;
  reason: string;
  publishedBy: string;
  /** Who agreed to it; nobody for the profile a collector is set up with. */
  approver?: string;
  now: number;
}

/** Signs a policy and adds it as the next version. @throws InvalidError when the text is no valid policy */
export async function publishPolicy(
  store: Store,
  signer: Signer,
  { text, reason, publishedBy, approver, now }: PolicyToPublish,
): Promise<PublishedPolicy> {
  const policy = loadPolicy(text);
  return store.transaction().execute(async (tx) => {
    const unsigned = {
      version: (await newestVersion(tx)) + 1,
      organisation: policy.organisation,
      publishedAt: isoTime(now),
      text,
    };
    const row: PoliciesTable = {
      version: unsigned.version,
      organisation: unsigned.organisation,
      text,
      sha256: policySha256(unsigned),
      signature: signer.sign(signingContexts.policy, policyText(unsigned)),
      published_at: now,
      expires_at: null,
      reason,
      published_by: publishedBy,
      approver: approver ?? null,
    };
    await tx.insertInto('policies').values(row).execute();
    return publishedOf(row);
  });
}

/** The policy agents should run now, or undefined before the first was published. */
export async function currentPolicy(store: Store): Promise<PublishedPolicy | undefined> {
  const row = await store.selectFrom('policies').selectAll().orderBy('version', 'desc').limit(1).executeTakeFirst();
  return row && publishedOf(row);
}

/** All versions, newest first, without their texts. */
export async function listPolicies(store: Store): Promise<Omit<PoliciesTable, 'text' | 'signature'>[]> {
  return store
    .selectFrom('policies')
    .select(['version', 'organisation', 'sha256', 'published_at', 'expires_at', 'reason', 'published_by', 'approver'])
    .orderBy('version', 'desc')
    .execute();
}

/** Number of the newest version; 0 before the first. Cheap: asked every few seconds. */
export async function newestVersion(store: Store): Promise<number> {
  const row = await store
    .selectFrom('policies')
    .select((build) => build.fn.max('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

export async function policyVersion(store: Store, version: number): Promise<PublishedPolicy | undefined> {
  const row = await store.selectFrom('policies').selectAll().where('version', '=', version).executeTakeFirst();
  return row && publishedOf(row);
}

/** Clauses by their number, as a version worded them. */
export type ClausesOf = (version: number) => Promise<Policy['clauses'] | undefined>;

const clausesKept = 20;

/** Keeps those of the last versions asked for: a version never changes, and reading one takes longer than a page may. */
export function clauseReader(store: Store): ClausesOf {
  const kept = new Map<number, Policy['clauses']>();
  return async (version) => {
    const known = kept.get(version) ?? (await policyVersion(store, version))?.policy.clauses;
    if (known === undefined) return undefined;
    if (kept.size >= clausesKept) kept.clear();
    kept.set(version, known);
    return known;
  };
}

function publishedOf(row: PoliciesTable): PublishedPolicy {
  const signed: SignedPolicy = {
    version: row.version,
    organisation: row.organisation,
    publishedAt: isoTime(row.published_at),
    ...(row.expires_at === null ? {} : { expiresAt: isoTime(row.expires_at) }),
    text: row.text,
    signature: row.signature,
  };
  const { version, sha256, reason, approver } = row;
  return {
    version,
    sha256,
    publishedAt: row.published_at,
    reason,
    publishedBy: row.published_by,
    approver,
    policy: loadPolicy(row.text),
    signed,
  };
}
