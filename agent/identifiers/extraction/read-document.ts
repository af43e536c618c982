import type { TextSink } from '../text-sink.ts';
import { Budget, type Limits } from './budget.ts';
import type { ByteSource } from './byte-source.ts';
import { readerOf } from './formats.ts';
import type { Document } from './reader.ts';
import { asUnread, Exhausted, Unread } from './unread.ts';

/**
 * Reads a document, and the documents in it, into the sink.
 * @param name of the file without its folder: its ending helps where the content does not say what it is
 * @returns why documents in it were not read
 * @throws Unread when it could not be read itself, or reading ended early
 */
export async function readDocument(
  source: ByteSource,
  name: string,
  sink: TextSink,
  limits: Limits,
): Promise<readonly Unread[]> {
  const budget = new Budget(limits);
  const unread: Unread[] = [];

  const readOne = async (document: Pick<Document, 'source' | 'name'>, depth: number): Promise<void> => {
    if (depth > limits.depth) throw new Unread('too-large', 'It lies deeper in other documents than is read.');
    const inner: Document['inner'] = async (innerName, open) => {
      try {
        sink.part(stemOf(innerName));
        await readOne({ name: innerName, source: await open() }, depth + 1);
        return undefined;
      } catch (error) {
        if (error instanceof Exhausted) throw error;
        const reason = asUnread(error);
        unread.push(reason);
        return reason;
      }
    };
    const reader = await readerOf(document);
    await reader({ ...document, sink, budget, inner });
  };

  sink.part(stemOf(name));
  try {
    await readOne({ source, name }, 1);
  } catch (error) {
    throw asUnread(error);
  }
  return unread;
}

/** The name of a file is that of its first part, as the name of a sheet is. */
function stemOf(name: string): string {
  return name.replace(/\.[^.]{1,8}$/, '');
}
