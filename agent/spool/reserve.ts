import { readIfThere, writeDurably } from '#shared/files.ts';
import { Count, checker, exactObject } from '#shared/schema.ts';

/** Numbers set aside at a time: a damaged spool costs at most this many unused numbers. */
const step = 1000;

const ReserveFile = exactObject({ reservedTo: Count, storedSeq: Count });
interface Reserve {
  reservedTo: number;
  storedSeq: number;
}

/**
 * Remembers, outside the spool's own file, up to which number events may have been recorded. Without it a spool that
 * had to be begun anew would use numbers twice, and that looks like forgery.
 */
export interface SequenceReserve {
  /** What was reserved by runs before; zeros at first. */
  read(): Reserve;
  /** To be called before an event gets this number. Writes once in a thousand. */
  cover(seq: number, storedSeq: number): void;
}

export function sequenceReserve(file: string): SequenceReserve {
  let known: Reserve | undefined;
  const read = (): Reserve => {
    const text = readIfThere(file);
    return text === undefined ? { reservedTo: 0, storedSeq: 0 } : parse(text);
  };
  return {
    read,
    cover(seq, storedSeq) {
      known ??= read();
      if (seq <= known.reservedTo) return;
      known = { reservedTo: seq + step, storedSeq };
      writeDurably(file, JSON.stringify(known));
    },
  };
}

function parse(text: string): Reserve {
  return checker(ReserveFile).parse(JSON.parse(text), 'The sequence file');
}
