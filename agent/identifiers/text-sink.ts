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
