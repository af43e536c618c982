import type { TextSink } from '../text-sink.ts';
import type { Budget } from './budget.ts';
import type { ByteSource } from './byte-source.ts';
import type { Unread } from './unread.ts';

/** One document, and all that its reader may touch. */
export interface Document {
  source: ByteSource;
  /** Without its folder. Of hostile origin. */
  name: string;
  sink: TextSink;
  budget: Budget;
  /**
   * Reads a document within this one, such as an attachment. Where it cannot be read, this one goes on without it.
   * @returns why it was not read
   */
  inner(name: string, open: () => ByteSource | Promise<ByteSource>): Promise<Unread | undefined>;
}

/**
 * Streams the text of one format into the document's sink. Whatever it throws ends the document;
 * an `Unread` says why in words that may be shown.
 */
export type Reader = (document: Document) => void | Promise<void>;

/** The whole document, where its kind cannot be read otherwise. */
export function wholeOf({ source, budget }: Document): Buffer {
  budget.whole(source.size);
  return source.read(0, source.size);
}

/** What follows the last dot of a name, in lower case. */
export function extensionOf(name: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** A name within an archive without its folders. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
