/**
 * What a reader of documents tells, in the order of the document. It keeps nothing: running text in pieces that may end
 * anywhere, tables row by row. The detector is one; a test that wants to see the text is another.
 */
export interface TextSink {
  /** A new part begins, such as a sheet, a slide, an attachment: nothing before it gives context to what follows. */
  part(name?: string): void;
  text(piece: string): void;
  /** One row of a table; the first rows of a part may be its header. */
  row(cells: readonly string[]): void;
}

/**
 * Also takes text as bytes in which ASCII stands for itself (UTF-8, Windows-1252), for files too large to be decoded
 * first. Both may be mixed with the calls above. The bytes are used during the call only.
 */
export interface ByteSink extends TextSink {
  /** Running text, like `text`; a chunk may end within a character. */
  bytes(chunk: Uint8Array): void;
  /** A row, like `row`: of each cell, two places in `bounds`, its first byte and the one after its last. */
  cells(bytes: Uint8Array, bounds: Int32Array, count: number): void;
}

/** A sink that takes bytes too: the same one if it does by itself, else one that hands it text. */
export function byteSinkOf(sink: TextSink | ByteSink): ByteSink {
  if ('cells' in sink) return sink;
  const decoder = new TextDecoder();
  return {
    part: (name) => sink.part(name),
    text: (piece) => sink.text(piece),
    row: (cells) => sink.row(cells),
    bytes: (chunk) => sink.text(decoder.decode(chunk, { stream: true })),
    cells(bytes, bounds, count) {
      const cell = (_: unknown, index: number) =>
        decoder.decode(bytes.subarray(bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0));
      sink.row(Array.from({ length: count }, cell));
    },
  };
}
