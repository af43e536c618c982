import { InvalidError } from '#shared/errors.ts';
import { type Verifier, verifier } from '#shared/identity.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { SignedStanding, StandingText, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { type SignedFile, signedFile } from './signed-file.ts';

export interface StandingInForce {
  version: number;
  standing: Standing;
  /** Challenges whose codes hold no more. */
  cancelled: readonly string[];
}

/** Keeps the last valid signed standing on the disk, and hands it out. */
export type StandingKeeper = SignedFile<StandingInForce>;

/** @param computerId this computer's; the standing of another is refused */
export function standingKeeper(file: string, collectorKey: string, computerId: string): StandingKeeper {
  const verify = verifier(collectorKey);
  return signedFile({ file, what: 'media register', open: (value) => open(value, verify, computerId) });
}

function open(value: unknown, verify: Verifier, computerId: string): StandingInForce {
  const signed = checker(SignedStanding).parse(value, 'The signed media register');
  if (!verify(signingContexts.standing, standingText(signed), signed.signature)) {
    throw new InvalidError('The signature of the media register does not verify.', { code: 'badStandingSignature' });
  }
  if (signed.computerId !== computerId) {
    throw new InvalidError('The media register is meant for another computer.', { code: 'otherComputer' });
  }
  const { standing, cancelled } = checker(StandingText).parse(JSON.parse(signed.text), 'The media register');
  return { version: signed.version, standing, cancelled };
}
