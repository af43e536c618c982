import { randomBytes } from 'node:crypto';

const finalText = 0x81;
const masked = 0x80;

/**
 * One whole WebSocket text message as a client sends it (RFC 6455, section 5.2). Made ahead, because the masking of a
 * thousand agents happens on a thousand computers, not on the one that measures.
 */
export function maskedTextFrame(payload: Buffer): Buffer {
  const header = headerOf(payload.length);
  const key = randomBytes(4);
  const body = Buffer.from(payload);
  for (let index = 0; index < body.length; index += 1) body[index] = (body[index] ?? 0) ^ (key[index % 4] ?? 0);
  return Buffer.concat([header, key, body]);
}

function headerOf(length: number): Buffer {
  if (length < 126) return Buffer.from([finalText, masked | length]);
  if (length < 65_536) {
    const header = Buffer.from([finalText, masked | 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.from([finalText, masked | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
