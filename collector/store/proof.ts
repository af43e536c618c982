import { type Verifier, verifier } from '#shared/identity.ts';
import { agentMessageCheckers, batchText, type SignedHead, signingContexts } from '#shared/protocol/protocol.ts';

export type ReadProof = (proof: string | null) => SignedHead | undefined;

/**
 * Makes the function that reads what a computer once signed. It answers undefined for anything that does not verify
 * with the computer's key, because whoever can write the store can write there what he likes.
 */
export function proofReader(computerId: string, publicKey: string): ReadProof {
  const verify = verifierOf(publicKey);
  const { header } = agentMessageCheckers();
  return (proof) => {
    if (!proof) return undefined;
    const value: unknown = { type: 'batch', lines: 1, ...objectIn(proof) };
    if (!header.check(value)) return undefined;
    const { after, head, gaps, signature } = value;
    return verify(signingContexts.batch, batchText(computerId, after, head, gaps), signature) ? value : undefined;
  };
}

/** Nothing of a text that is no JSON. */
function objectIn(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A key that is none verifies nothing. */
function verifierOf(publicKey: string): Verifier {
  try {
    return verifier(publicKey);
  } catch {
    return () => false;
  }
}
