import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** Raw Ed25519 public keys and signatures travel as unpadded base64url. */
export interface KeyPair {
  /** PKCS#8 PEM; secret. */
  privateKeyPem: string;
  /** 32 raw bytes as base64url. */
  publicKey: string;
}

export function newKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKeyText(publicKey),
  };
}

function publicKeyText(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('not an Ed25519 public key');
  return x;
}

/** Signs bytes of one purpose. The context word keeps a signature made for one purpose from serving another. */
export interface Signer {
  publicKey: string;
  sign(context: string, bytes: string): string;
}

export function signer(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem);
  return {
    publicKey: publicKeyText(createPublicKey(key)),
    sign: (context, bytes) => sign(null, Buffer.from(`${context}\n${bytes}`), key).toString('base64url'),
  };
}

export type Verifier = (context: string, bytes: string, signature: string) => boolean;

/** @throws when the text is no Ed25519 public key */
export function verifier(publicKey: string): Verifier {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return (context, bytes, signature) =>
    verify(null, Buffer.from(`${context}\n${bytes}`), key, Buffer.from(signature, 'base64url'));
}
