import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../../installers/windows/run.ts';
import type { Signing } from '../../../installers/windows/sign.ts';

/** A key and a certificate that nobody trusts but the test that made them. */
export interface TestSigning extends Signing {
  /** On the certificate. */
  name: string;
  certificate: string;
}

export function signingKey(folder: string): TestSigning {
  const name = 'Invented Software Makers';
  const [secret, certificate, key] = ['key.pem', 'certificate.pem', 'key.p12'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'invented', { mode: 0o600 });
  const quietly = { mayTalk: true };
  const use = ['-addext', 'extendedKeyUsage=codeSigning', '-addext', 'keyUsage=digitalSignature'];
  const whose = ['-subj', `/CN=${name}`, '-days', '3650'];
  must(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...whose, ...use, '-keyout', secret, '-out', certificate],
    quietly,
  );
  const into = ['-out', key, '-passout', `file:${passwordFile}`];
  must('openssl', ['pkcs12', '-export', '-inkey', secret, '-in', certificate, ...into], quietly);
  return { name, certificate, key, passwordFile };
}

/** What osslsigncode says of a file, trusting the test's certificate alone. */
export function readsSignature(file: string, { certificate }: Pick<TestSigning, 'certificate'>) {
  const { status, stdout } = spawnSync('osslsigncode', ['verify', '-CAfile', certificate, '-in', file], {
    encoding: 'utf8',
  });
  const [current, calculated] = ['Current', 'Calculated'].map(
    (which) => new RegExp(`${which} (?:message digest|DigitalSignature)\\s*: (\\w+)`).exec(stdout)?.[1],
  );
  return {
    signed: /Signer's certificate:/.test(stdout),
    valid: status === 0,
    /** Whether the file is still the one that was signed, whoever signed it. */
    intact: current !== undefined && current === calculated,
    by: /Signer's certificate:[\s\S]*?Subject: ([^\n]*)/.exec(stdout)?.[1] ?? '',
    said: stdout,
  };
}
