import { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import type { Budget } from './budget.ts';
import { type ByteSource, chunks, memorySource } from './byte-source.ts';
import { Unread } from './unread.ts';

/** One file in an archive. */
export interface ZipPart {
  name: string;
  encrypted: boolean;
  /** What it says it unpacks to. Unpacking ends where that turns out to be a lie. */
  size: number;
  chunks(): AsyncGenerator<Buffer>;
  /** Unpacked into memory, as far as the limits allow. */
  whole(): Promise<ByteSource>;
}

/** The parts of an archive, in its order. @throws Unread where it is built to do harm, and yauzl's errors */
export async function openZip(source: ByteSource, budget: Budget): Promise<ZipPart[]> {
  const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
    autoClose: false,
    // Names are never used as paths, so that odd ones are no reason to refuse an archive.
    decodeStrings: false,
  });
  const parts: ZipPart[] = [];
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    budget.part();
    packed += entry.compressedSize;
    if (packed > source.size) throw new Unread('too-large', 'Its parts overlap, as in a zip bomb.');
    if (entry.fileNameRaw.at(-1) !== slash) parts.push(partOf(zip, entry, source, budget));
  }
  return parts;
}

const slash = 0x2f;

function partOf(zip: ZipFile, entry: Entry, source: ByteSource, budget: Budget): ZipPart {
  const part: ZipPart = {
    name: entry.fileNameRaw.toString('utf8').replaceAll('\\', '/'),
    encrypted: entry.isEncrypted(),
    size: entry.uncompressedSize,
    async *chunks() {
      if (part.encrypted) throw new Unread('encrypted', 'It is protected by a password.');
      if (!entry.canDecodeFileData()) throw new Unread('not-inspectable', 'Its way of compression is not read.');
      const progress = { packed: entry.compressedSize, unpacked: 0 };
      const small = await inOneCall(zip, entry, source);
      const stream = small ? [small] : ((await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>);
      for await (const chunk of stream) {
        progress.unpacked += chunk.length;
        budget.unpacked(chunk.length, progress);
        yield chunk;
      }
    },
    async whole() {
      budget.whole(part.size);
      const whole = Buffer.allocUnsafe(part.size);
      let length = 0;
      for await (const chunk of part.chunks()) length += chunk.copy(whole, length);
      return memorySource(whole.subarray(0, length));
    },
  };
  return part;
}

/** Bytes, packed and unpacked. Larger parts are never in memory as a whole. */
const mostInOneCall = 256 * 1024;

/**
 * The content of a small part, for which a chain of streams costs more than the unpacking. Undefined when it is large, or not
 * what it says of itself: the stream then gives what there is, and says what is wrong.
 */
async function inOneCall(zip: ZipFile, entry: Entry, source: ByteSource): Promise<Buffer | undefined> {
  const { compressedSize, uncompressedSize, compressionMethod } = entry;
  if (Math.max(compressedSize, uncompressedSize) > mostInOneCall) return undefined;
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const packed = source.read(fileDataStart, compressedSize);
    const whole = compressionMethod === stored ? packed : inflateRawSync(packed, { maxOutputLength: uncompressedSize });
    return whole.length === uncompressedSize ? whole : undefined;
  } catch {
    return undefined;
  }
}

/** The way of compression that is none. */
const stored = 0;

class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    const copied = this.#source.read(position, length).copy(buffer, offset);
    // yauzl expects an answer after it has asked.
    queueMicrotask(() => done(copied === length ? null : new Unread('failed', 'It is cut off.')));
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(chunks(rangeOf(this.#source, start, end)), { objectMode: false });
  }
}

function rangeOf(source: ByteSource, start: number, end: number): ByteSource {
  const size = end - start;
  return { size, read: (offset, length) => source.read(start + offset, Math.min(length, size - offset)) };
}
