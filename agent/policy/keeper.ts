import { InvalidError } from '#shared/errors.ts';
import { type Verifier, verifier } from '#shared/identity.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { policySha256, policyText, SignedPolicy, signingContexts } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { type SignedFile, signedFile } from './signed-file.ts';

export interface PolicyInForce {
  version: number;
  sha256: string;
  policy: Policy;
  /** Milliseconds since 1970; undefined when it does not expire. */
  expiresAt: number | undefined;
}

/** Keeps the last valid signed policy on the disk, and hands it out. */
export type PolicyKeeper = SignedFile<PolicyInForce>;

/**
 * @param collectorKey whose signature counts
 * @param organisation the one this computer was enrolled with; a policy of another is refused
 */
export function policyKeeper(file: string, collectorKey: string, organisation: string): PolicyKeeper {
  const verify = verifier(collectorKey);
  return signedFile({ file, what: 'policy', open: (value) => open(value, verify, organisation) });
}

function open(value: unknown, verify: Verifier, organisation: string): PolicyInForce {
  const signed = checker(SignedPolicy).parse(value, 'The signed policy');
  if (!verify(signingContexts.policy, policyText(signed), signed.signature)) {
    throw new InvalidError('The signature of the policy does not verify.', { code: 'badPolicySignature' });
  }
  if (signed.organisation !== organisation) {
    throw new InvalidError('The policy is that of another organisation.', { code: 'otherOrganisation' });
  }
  const expiresAt = signed.expiresAt === undefined ? undefined : Date.parse(signed.expiresAt);
  return { version: signed.version, sha256: policySha256(signed), policy: loadPolicy(signed.text), expiresAt };
}
