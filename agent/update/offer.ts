import { InvalidError } from '#shared/errors.ts';
import type { Verifier } from '#shared/identity.ts';
import { protocolVersion } from '#shared/protocol/protocol.ts';
import { ReleaseManifest, releaseContext, SignedRelease } from '#shared/protocol/release.ts';
import { checker } from '#shared/schema.ts';
import { compareVersions } from '#shared/version.ts';
import { UpdateError } from './update-error.ts';

/** What an offer has to fit: this computer, and what runs on it. */
export interface Runs {
  organisation: string;
  platform: string;
  arch: string;
  version: string;
}

/**
 * Reads an offer and judges whether it may be taken. Pure. The signature is that of policies, which only the organisation can
 * make; the connection it came by counts for nothing here.
 * @throws UpdateError
 */
export function judgeOffer(offer: unknown, verify: Verifier, runs: Runs): ReleaseManifest {
  const manifest = readOffer(offer, verify);
  if (manifest.organisation !== runs.organisation)
    throw new UpdateError('foreign', 'The release is that of another organisation.');
  if (manifest.platform !== runs.platform || manifest.arch !== runs.arch)
    throw new UpdateError('foreign', `The release is for ${manifest.platform} on ${manifest.arch}.`);
  if (manifest.minimumProtocol > protocolVersion)
    throw new UpdateError(
      'protocol',
      `It asks for protocol ${manifest.minimumProtocol}; ${protocolVersion} is spoken.`,
    );
  if (compareVersions(manifest.version, runs.version) < 0 && !manifest.rollBack)
    throw new UpdateError('older', `Version ${runs.version} runs, and the release does not say that it is a way back.`);
  return manifest;
}

function readOffer(offer: unknown, verify: Verifier): ReleaseManifest {
  try {
    const { text, signature } = checker(SignedRelease).parse(offer, 'The offer');
    if (!verify(releaseContext, text, signature))
      throw new UpdateError('unsigned', 'The signature of the release does not verify.');
    return checker(ReleaseManifest).parse(JSON.parse(text), 'The release');
  } catch (cause) {
    if (cause instanceof UpdateError) throw cause;
    const says = cause instanceof InvalidError ? cause.message : 'The offer is no release.';
    throw new UpdateError('unsigned', says, { cause });
  }
}
