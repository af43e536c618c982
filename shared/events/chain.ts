import { hash } from 'node:crypto';

/**
 * The evidence chain of one computer: link n is SHA-256(link n-1 ‖ SHA-256(line n)), where the line is the exact JSON
 * text of the event. Whoever holds only the hash of a line can still prove every line after it.
 */
export type Link = Buffer;

/** The link before the first event: bound to the computer's key, so that no two chains begin alike. */
export function firstLink(publicKey: string): Link {
  return hash('sha256', `portcullis.chain.v1\n${publicKey}`, 'buffer');
}

export function lineHash(line: string): Buffer {
  return sha256(line);
}

export function nextLink(previous: Link, hashOfLine: Buffer): Link {
  return sha256(Buffer.concat([previous, hashOfLine], 64));
}

/** By way of a string, because a Buffer made by Node's hash costs more than the hash itself. */
function sha256(data: string | Buffer): Buffer {
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}
