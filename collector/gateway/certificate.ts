import 'reflect-metadata';
import { X509Certificate as NodeCertificate, randomUUID, webcrypto } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { PortcullisError } from '#shared/errors.ts';
import { readIfThere, syncFolder, writeDurably } from '#shared/files.ts';

const validDays = 825;
const day = 24 * 60 * 60 * 1000;

export interface Certificate {
  certificate: string;
  key: string;
  /** SHA-256 of the certificate in lower-case hexadecimal without colons: what agents pin. */
  fingerprint: string;
}

/** Where certificate and key lie, in one folder. */
export interface CertificateFiles {
  certificate: string;
  certificateKey: string;
}

/**
 * The certificate the collector shows: the one lying in its home, which may be the organisation's own, or a
 * self-signed one made at first start. Agents pin it by its fingerprint, so no authority is needed.
 * @throws PortcullisError `certificateIncomplete`
 */
export async function loadCertificate(files: CertificateFiles, now: number): Promise<Certificate> {
  return (
    readCertificate(files) ?? makeOnce(files, await makeCertificate([hostname(), 'localhost', ...addresses()], now))
  );
}

function readCertificate(files: CertificateFiles): Certificate | undefined {
  const certificate = readIfThere(files.certificate);
  const key = readIfThere(files.certificateKey);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined)
    return { certificate, key, fingerprint: fingerprintOf(certificate) };
  const missing = key === undefined ? 'certificate has no key' : 'key has no certificate';
  const says = `The collector's ${missing} beside it. Put both into the folder "tls" of its home, or take both out, and it makes its own.`;
  throw new PortcullisError('certificateIncomplete', says);
}

/** Both at once and only where there is none: a command may ask for it at the moment in which the collector first starts. */
function makeOnce(files: CertificateFiles, made: Certificate): Certificate {
  const folder = dirname(files.certificate);
  const fresh = `${folder}-${randomUUID()}`;
  const write = (place: string) => {
    writeDurably(join(place, basename(files.certificateKey)), made.key);
    writeDurably(join(place, basename(files.certificate)), made.certificate);
  };
  try {
    write(fresh);
    renameSync(fresh, folder);
    syncFolder(dirname(folder));
  } catch {
    rmSync(fresh, { recursive: true, force: true });
    const first = readCertificate(files);
    if (first) return first;
    // The folder holds something else.
    write(folder);
  }
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
