import { renameSync } from 'node:fs';
import { must } from './run.ts';

/** Whose signature programs and package get. The key is the builder's; it is never read here. */
export interface Signing {
  /** PKCS#12 file with key and certificates. */
  key: string;
  passwordFile: string;
  /** Address of a time stamping service; without one a signature ends with its certificate. */
  timestamp?: string;
}

/** By PORTCULLIS_SIGNING_KEY, PORTCULLIS_SIGNING_PASSWORD_FILE and PORTCULLIS_SIGNING_TIMESTAMP; undefined: unsigned. */
export function signingOf(environment: Record<string, string | undefined>): Signing | undefined {
  const {
    PORTCULLIS_SIGNING_KEY: key,
    PORTCULLIS_SIGNING_PASSWORD_FILE: passwordFile,
    PORTCULLIS_SIGNING_TIMESTAMP: timestamp,
  } = environment;
  if (!key || !passwordFile) return undefined;
  return { key, passwordFile, ...(timestamp && { timestamp }) };
}

/** @param moment that the signature names, in seconds since 1970; a time stamping service vouches for one of its own */
export function sign(file: string, { key, passwordFile, timestamp }: Signing, moment: number): void {
  const signed = `${file}.signed`;
  const words = ['sign', '-pkcs12', key, '-readpass', passwordFile, '-h', 'sha256', '-n', 'Portcullis agent'];
  const when = timestamp === undefined ? ['-time', String(moment)] : ['-ts', timestamp];
  must('osslsigncode', [...words, ...when, '-in', file, '-out', signed], { mayTalk: true });
  renameSync(signed, file);
}
