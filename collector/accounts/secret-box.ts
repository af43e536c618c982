import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { InvalidError } from '#shared/errors.ts';
import { readIfThere, writeDurably } from '#shared/files.ts';

/** Seals texts that lie in the store, so that a copy of the store alone gives none of them away. */
export interface SecretBox {
  /** @param about what it belongs to; opened for anything else it does not open */
  seal(text: string, about: string): string;
  /** Undefined when it was sealed with another key or for something else, or was changed since. */
  open(sealed: string, about: string): string | undefined;
}

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const mark = 'sealed-1.';

/** AES-256-GCM with a nonce of its own for each text (NIST SP 800-38D). */
export function secretBox(key: Uint8Array): SecretBox {
  return {
    seal(text, about) {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()]);
      return mark + Buffer.concat([nonce, sealing.getAuthTag(), sealed]).toString('base64url');
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed.slice(mark.length), 'base64url');
      if (!isSealed(sealed) || bytes.length < nonceBytes + tagBytes) return undefined;
      const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const text = opening.update(bytes.subarray(nonceBytes + tagBytes));
        return Buffer.concat([text, opening.final()]).toString('utf8');
      } catch {
        // The tag does not fit; which of the reasons it was cannot be told.
        return undefined;
      }
    },
  };
}

/** Whether a text was sealed by a box, whichever its key. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark);
}

/**
 * The box of a key file. A file that is missing is made: what was sealed before then opens no more.
 * @throws InvalidError when the file holds no key
 */
export function openSecretBox(keyFile: string): SecretBox {
  const known = readIfThere(keyFile)?.trim();
  const key = known === undefined ? randomBytes(keyBytes) : Buffer.from(known, 'base64url');
  if (key.length !== keyBytes) {
    throw new InvalidError(
      `The key file ${keyFile} holds no key. Put the right one back from a backup, or take it away: then everybody sets up their second factor anew.`,
    );
  }
  if (known === undefined) writeDurably(keyFile, `${key.toString('base64url')}\n`);
  return secretBox(key);
}
