/** The bytes of one document, wherever they are: a file that the parent holds open, an entry of an archive. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset`: as many as asked for, or as there are. */
  read(offset: number, length: number): Buffer;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: buffer.length, read: (offset, length) => buffer.subarray(offset, offset + length) };
}

const chunkBytes = 256 * 1024;

/** The whole source from front to back, in pieces. */
export function* chunks(source: ByteSource): Generator<Buffer> {
  for (let offset = 0; offset < source.size; ) {
    const chunk = source.read(offset, chunkBytes);
    // Shorter than it was when it was opened.
    if (chunk.length === 0) return;
    offset += chunk.length;
    yield chunk;
  }
}
