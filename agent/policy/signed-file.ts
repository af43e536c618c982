import { statSync } from 'node:fs';
import { errorCode, InvalidError } from '#shared/errors.ts';
import { readIfThere, writeDurably } from '#shared/files.ts';

/** A document the collector signs, kept on the disk in two generations, and handed out. */
export interface SignedFile<T> {
  current(): T | null;
  /**
   * Reads what is on the disk. A file that does not verify is not used; then the generation before it is, and is put
   * in its place.
   * @returns why the file was not used, in a sentence, or undefined
   */
  load(): string | undefined;
  /** Takes a newer document into force. @throws InvalidError when it does not verify, is older, or does not fit */
  accept(fetched: unknown): T;
  /** Puts the file back when another hand changed it since. @returns what was found, in a sentence, or undefined */
  guard(): string | undefined;
}

export interface SignedFileParts<T> {
  file: string;
  /** What it is, for sentences: `policy`. */
  what: string;
  /** Verifies and reads it. @throws InvalidError */
  open(value: unknown): T;
}

type Read<T> = { opened: T; text: string } | { fault: string } | undefined;

export function signedFile<T extends { version: number }>({ file, what, open }: SignedFileParts<T>): SignedFile<T> {
  const previous = file.replace(/\.json$/, '.previous.json');
  let current: T | null = null;
  let text: string | undefined;
  let stamp: string | undefined;

  function read(from: string): Read<T> {
    try {
      const found = readIfThere(from);
      return found === undefined ? undefined : { opened: open(JSON.parse(found)), text: found };
    } catch (error) {
      if (error instanceof InvalidError) return { fault: error.message };
      return { fault: `The stored ${what} could not be read (${errorCode(error)}).` };
    }
  }

  function use(found: { opened: T; text: string }): void {
    current = found.opened;
    text = found.text;
    stamp = stampOf(file);
  }

  /** The one before, in the place of a file that is gone or not to be believed. */
  function fallBack(fault: string): string {
    const before = read(previous);
    if (!before || 'fault' in before) return fault;
    writeDurably(file, before.text);
    use(before);
    return `${fault} The one before it, number ${before.opened.version}, holds.`;
  }

  return {
    current: () => current,
    load() {
      const found = read(file);
      if (found && 'opened' in found) {
        use(found);
        if (readIfThere(previous) === undefined) writeDurably(previous, found.text);
        return undefined;
      }
      if (found) return fallBack(found.fault);
      return readIfThere(previous) === undefined ? undefined : fallBack(`The stored ${what} is gone.`);
    },
    accept(fetched) {
      const opened = open(fetched);
      if (current && opened.version < current.version) {
        const says = `The ${what} that came is number ${opened.version} and older than number ${current.version}, which holds.`;
        throw new InvalidError(says, { code: 'older' });
      }
      const fresh = JSON.stringify(fetched);
      writeDurably(previous, text ?? fresh);
      writeDurably(file, fresh);
      use({ opened, text: fresh });
      return opened;
    },
    guard() {
      if (text === undefined || stampOf(file) === stamp) return undefined;
      if (readUnchanged(file, text)) {
        stamp = stampOf(file);
        return undefined;
      }
      writeDurably(file, text);
      stamp = stampOf(file);
      return `The stored ${what} was changed while the agent ran, and was put back.`;
    },
  };
}

function readUnchanged(file: string, text: string): boolean {
  try {
    return readIfThere(file) === text;
  } catch {
    return false;
  }
}

/** Tells cheaply that a file is as it was: size, times and number of the node. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : 'gone';
}
