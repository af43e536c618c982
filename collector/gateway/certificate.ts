import 'reflect-metadata';
import { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { readIfThere, writeDurably } from '#shared/files.ts';

const validDays = 825;
const day = 24 * 60 * 60 * 1000;

export interface Certificate {
  certificate: string;
  key: string;
  /** SHA-256 of the certificate in lower-case hexadecimal without colons: what agents pin. */
  fingerprint: string;
}

/**
 * The certificate the collector shows: the one lying in its home, which may be the organisation's own, or a
 * self-signed one made at first start. Agents pin it by its fingerprint, so no authority is needed.
 */
export async function loadCertificate(
  files: { certificate: string; certificateKey: string },
  now: number,
): Promise<Certificate> {
  const certificate = readIfThere(files.certificate);
  const key = readIfThere(files.certificateKey);
  if (certificate !== undefined && key !== undefined)
    return { certificate, key, fingerprint: fingerprintOf(certificate) };
  const made = await makeCertificate([hostname(), 'localhost', ...addresses()], now);
  writeDurably(files.certificateKey, made.key);
  writeDurably(files.certificate, made.certificate);
  return made;
}

export async function makeCertificate(names: readonly string[], now: number): Promise<Certificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const alternatives = [...new Set(names)].map((value) => ({
    type: isIP(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Portcullis collector',
    notBefore: new Date(now - day),
    notAfter: new Date(now + validDays * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension(alternatives)],
  });
  const certificate = `${made.toString('pem')}\n`;
  const key = toPem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate, key, fingerprint: fingerprintOf(certificate) };
}

export function fingerprintOf(certificate: string): string {
  return new NodeCertificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter((entry) => !entry.address.includes('%')).map((entry) => entry.address),
  );
}

function toPem(label: string, bytes: ArrayBuffer): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
