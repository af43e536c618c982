/** The bytes of one document, wherever they are: a file that the parent holds open, an entry of an archive. */
export interface ByteSource {
  readonly size: number;
  /**
   * The bytes from `offset`: as many as asked for, or as there are.
   * @param room of that length or longer, where they may be put: new memory for each piece costs as much as to read it
   */
  read(offset: number, length: number, room?: Buffer): Buffer;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: buffer.length, read: (offset, length) => buffer.subarray(offset, offset + length) };
}

const chunkBytes = 256 * 1024;

/** The whole source from front to back, in pieces. */
export function chunks(source: ByteSource): Generator<Buffer> {
  return pieces(source, undefined);
}

/** The same, where each piece is done with before the next is asked for: they may share their memory. */
export function passingChunks(source: ByteSource): Generator<Buffer> {
  return pieces(source, source.size > chunkBytes ? Buffer.allocUnsafeSlow(chunkBytes) : undefined);
}

function* pieces(source: ByteSource, room: Buffer | undefined): Generator<Buffer> {
  for (let offset = 0; offset < source.size; ) {
    const chunk = source.read(offset, chunkBytes, room);
    // Shorter than it was when it was opened.
    if (chunk.length === 0) return;
    offset += chunk.length;
    yield chunk;
  }
}
