import { StringDecoder } from 'node:string_decoder';
import { passingChunks } from './byte-source.ts';
import { type MarkupHandler, MarkupScanner } from './markup.ts';
import type { Document } from './reader.ts';
import type { ZipPart } from './zip.ts';

/** Reads one XML part of an archive. */
export async function scanPart(part: ZipPart, handler: MarkupHandler): Promise<void> {
  const markup = new MarkupScanner(handler, 'xml');
  let decoder: PieceDecoder | undefined;
  for await (const chunk of part.chunks()) {
    decoder ??= pieceDecoder(chunk);
    markup.write(decoder.write(chunk));
  }
  markup.write(decoder?.end() ?? '');
  markup.end();
}

/** Reads a document that is markup itself. */
export function scanDocument(document: Document, handler: MarkupHandler, language: 'xml' | 'html'): void {
  const markup = new MarkupScanner(handler, language);
  for (const text of chunkTexts(document)) markup.write(text);
  markup.end();
}

/** A document of the web's formats as text, piece by piece. */
export function* chunkTexts({ source }: Document): Generator<string> {
  let decoder: PieceDecoder | undefined;
  for (const chunk of passingChunks(source)) {
    decoder ??= pieceDecoder(chunk);
    yield decoder.write(chunk);
  }
  yield decoder?.end() ?? '';
}

/** Bytes to text, where a piece may end within a character. */
interface PieceDecoder {
  write(chunk: Buffer): string;
  end(): string;
}

/** @param start of the markup, which tells its encoding */
function pieceDecoder(start: Buffer): PieceDecoder {
  const encoding = markupEncoding(start);
  // Node's own decoder of UTF-8 is several times as fast over many pieces.
  if (encoding === 'utf-8') return new StringDecoder('utf8');
  const decoder = decoderFor(encoding);
  return { write: (chunk) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() };
}

/** The encoding of markup, by its byte-order mark or what it declares of itself; UTF-8 otherwise. */
function markupEncoding(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start[0] === 0x3c && start[1] === 0) return 'utf-16le';
  if (start[0] === 0 && start[1] === 0x3c) return 'utf-16be';
  const declared = /(?:encoding|charset)\s*=\s*["']?([\w.:-]{1,40})/i.exec(start.toString('latin1', 0, 2048))?.[1];
  // A declaration that can be read in single bytes is not of two-byte text, whatever it says.
  return declared === undefined || /^utf-?16/i.test(declared) ? 'utf-8' : declared.toLowerCase();
}

/** A decoder that never fails: what an encoding unknown to us leaves readable are the digits. */
export function decoderFor(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding);
  } catch {
    return new TextDecoder('windows-1252');
  }
}
