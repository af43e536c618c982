import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Signer } from '#shared/identity.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Doing } from '../register/media.ts';
import type { Store } from '../store/tables.ts';
import { connectedDevices } from './estate.ts';
import { lintText } from './lint-text.ts';
import { currentPolicy, type PublishedPolicy, policyVersion, publishPolicy } from './policies.ts';
import { withSetting } from './setting.ts';

export interface LifeCycleParts {
  store: Store;
  signer: Signer;
  /** The one this collector is for; a policy of another is a mistake. */
  organisation: string;
}

/** Who agreed to a change of the policy, and why. Both are needed. */
export interface Agreed extends Omit<Doing, 'note'> {
  approver: string;
  reason: string;
}

/**
 * Signs a text and makes it the next version.
 * @throws InvalidError when the text is no valid policy, is of another organisation, or the lint finds an error, for
 * example that every keyboard connected today would be denied
 */
export async function publishText(parts: LifeCycleParts, text: string, agreed: Agreed): Promise<PublishedPolicy> {
  const { store, signer, organisation } = parts;
  const { approver, reason, by, now, accountId = null } = agreed;
  for (const [name, word] of Object.entries({ approver, reason })) {
    if (cleanText(word) === '') throw new InvalidError(`The ${name} is missing.`);
  }
  const policy = loadPolicy(text);
  if (policy.organisation !== organisation) {
    throw new InvalidError(`The policy is for another organisation. Here it has to say: organisation: ${organisation}`);
  }
  const devices = await connectedDevices(store);
  const [error, ...more] = lintText(text, { now, devices }).filter(({ level }) => level === 'error');
  if (error) {
    const others = more.length > 0 ? ` The lint finds ${more.length} more errors.` : '';
    throw new InvalidError(`Not published: ${error.says} ${error.mend}${others}`, { code: 'lintError' });
  }
  const published = await publishPolicy(store, signer, {
    text,
    reason: cleanText(reason),
    approver: cleanText(approver),
    publishedBy: cleanText(by),
    now,
  });
  const object = String(published.version);
  await recordAudit(store, { at: now, accountId, action: 'policy.published', object, detail: reason });
  return published;
}

/** Publishes the text of an older version again. @throws PortcullisError `noSuchPolicy` */
export async function rollBack(parts: LifeCycleParts, version: number, agreed: Agreed): Promise<PublishedPolicy> {
  const old = await policyVersion(parts.store, version);
  if (!old) throw new PortcullisError('noSuchPolicy', `There is no version ${version}.`);
  return publishText(parts, old.signed.text, agreed);
}

/** The text in force with enforcing switched on. @throws PortcullisError `enforcedAlready`, `noSuchPolicy` */
export async function enforcingText(store: Store): Promise<string> {
  const current = await currentPolicy(store);
  if (!current) throw new PortcullisError('noSuchPolicy', 'No policy was published yet.');
  if (current.policy.mode === 'enforce') {
    throw new PortcullisError('enforcedAlready', `Version ${current.version} is enforced already.`);
  }
  return withSetting(current.signed.text, 'mode', 'enforce');
}
