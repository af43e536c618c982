import { type ByteSource, passingChunks } from './byte-source.ts';

const headBytes = 4096;

/**
 * A text file, piece by piece, as bytes in which ASCII stands for itself. UTF-8, Windows-1252 and the other encodings
 * that extend ASCII are so already and are passed on as they are; UTF-16 is turned into UTF-8. A piece is only good until
 * the next is asked for.
 */
export function* textBytes(source: ByteSource): Generator<Buffer> {
  const wide = wideEncodingOf(source.read(0, headBytes));
  if (wide === null) {
    yield* passingChunks(source);
    return;
  }
  const decoder = new TextDecoder(wide);
  for (const chunk of passingChunks(source)) yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
  yield Buffer.from(decoder.decode(), 'utf8');
}

/**
 * The encoding of text in units of two bytes; null when its units are single bytes. Without a byte-order mark the zeros
 * tell: in UTF-16 nearly every other byte of a European text is one.
 */
export function wideEncodingOf(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = head.length / 4;
  if (odd > many && even < many / 8) return 'utf-16le';
  return even > many && odd < many / 8 ? 'utf-16be' : null;
}
