/** One record of an old Excel workbook, with what was continued in the records after it. */
export interface XlsRecord {
  type: number;
  bytes: Buffer;
  /** Pieces that continue it, each in a record of its own. */
  continued: Buffer[];
}

const continuation = 0x003c;

/** [MS-XLS] 2.1.4. */
export function* xlsRecords(stream: Buffer): Generator<XlsRecord> {
  let record: XlsRecord | undefined;
  for (let at = 0; at + 4 <= stream.length; ) {
    const type = stream.readUInt16LE(at);
    const bytes = stream.subarray(at + 4, at + 4 + stream.readUInt16LE(at + 2));
    at += 4 + bytes.length;
    if (type === continuation && record) record.continued.push(bytes);
    else {
      if (record) yield record;
      record = { type, bytes, continued: [] };
    }
  }
  if (record) yield record;
}

/** Reads the strings of a record across the borders of its pieces. */
export class XlsStrings {
  readonly #pieces: Buffer[];
  #piece: Buffer;
  #at: number;

  constructor({ bytes, continued }: XlsRecord, at: number) {
    this.#pieces = [...continued];
    this.#piece = bytes;
    this.#at = at;
  }

  get ended(): boolean {
    return this.#at >= this.#piece.length && this.#pieces.length === 0;
  }

  /** [MS-XLS] 2.5.293, XLUnicodeRichExtendedString: length, flags, text, and formatting to be skipped. */
  next(): string {
    this.#step();
    const length = this.#number(2);
    const flags = this.#number(1);
    const runs = flags & 0x08 ? this.#number(2) : 0;
    const extra = flags & 0x04 ? this.#number(4) : 0;
    const text = this.text(length, (flags & 0x01) !== 0);
    this.#skip(runs * 4 + extra);
    return text;
  }

  /** Characters may change their width where a piece ends: each piece begins with its own flag. */
  text(length: number, wide: boolean): string {
    let text = '';
    let isWide = wide;
    for (let left = length; left > 0; ) {
      const width = isWide ? 2 : 1;
      const fits = Math.min(left, Math.floor((this.#piece.length - this.#at) / width));
      text += this.#piece.toString(isWide ? 'utf16le' : 'latin1', this.#at, this.#at + fits * width);
      this.#at += fits * width;
      left -= fits;
      if (left === 0) break;
      if (!this.#nextPiece()) break;
      isWide = this.#number(1) === 1;
    }
    return text;
  }

  #number(bytes: 1 | 2 | 4): number {
    const from = this.#at;
    this.#at += bytes;
    return this.#at <= this.#piece.length ? this.#piece.readUIntLE(from, bytes) : 0;
  }

  #skip(bytes: number): void {
    let left = bytes;
    while (left > this.#piece.length - this.#at) {
      left -= Math.max(0, this.#piece.length - this.#at);
      if (!this.#nextPiece()) return;
    }
    this.#at += left;
  }

  #step(): void {
    if (this.#at >= this.#piece.length) this.#nextPiece();
  }

  #nextPiece(): boolean {
    const piece = this.#pieces.shift();
    this.#piece = piece ?? Buffer.alloc(0);
    this.#at = 0;
    return piece !== undefined;
  }
}
