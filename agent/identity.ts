import { randomBytes } from 'node:crypto';
import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import { readIfThere, writeDurably } from '#shared/files.ts';
import { Base64Url, checker, exactObject, Sha256Hex, Text, Uuid } from '#shared/schema.ts';

const IdentityFile = exactObject({
  computerId: Uuid,
  organisation: Text,
  /** PKCS#8 PEM of this computer's Ed25519 key. Never leaves the computer. */
  privateKeyPem: Type.String(),
  /** Key of the hashes that stand for file names; never leaves the computer. */
  nameKey: Base64Url,
  /** Shared with the collector, for one-time codes. Absent for a computer enrolled before there were any. */
  codeSecret: Type.Optional(Base64Url),
  collector: exactObject({
    url: Type.String({ pattern: '^https://' }),
    /** Signs policies, and is bound into every hello. */
    key: Base64Url,
    /** SHA-256 of the certificate the collector must show, or null when an authority vouches for it. */
    fingerprint: Type.Union([Sha256Hex, Type.Null()]),
    /** PEM of the pinned certificate or of the authority. */
    trusted: Type.String(),
  }),
});
export type Identity = Type.Static<typeof IdentityFile>;

/** @throws PortcullisError `notEnrolled` when the computer has no identity yet */
export function readIdentity(file: string): Identity {
  const text = readIfThere(file);
  if (text === undefined)
    throw new PortcullisError(
      'notEnrolled',
      'This computer is not enrolled. Run "portcullis-agent enrol" with a code from the collector.',
    );
  return checker(IdentityFile).parse(JSON.parse(text), 'The identity file');
}

export function writeIdentity(file: string, identity: Identity): void {
  writeDurably(file, `${JSON.stringify(identity, null, 2)}\n`);
}

export function newNameKey(): string {
  return randomBytes(32).toString('base64url');
}
