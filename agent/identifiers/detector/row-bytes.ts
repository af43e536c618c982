/** Rows as bytes, in one place that is used again and again. */
export class RowBytes {
  #bytes = Buffer.alloc(16 * 1024);
  #bounds = new Int32Array(256);

  /** Valid until the next call. */
  of(cells: readonly string[]): { bytes: Buffer; bounds: Int32Array } {
    const most = cells.reduce((length, cell) => length + 3 * cell.length, 0);
    if (this.#bytes.length < most) this.#bytes = Buffer.alloc(2 * most);
    if (this.#bounds.length < 2 * cells.length) this.#bounds = new Int32Array(4 * cells.length);
    let at = 0;
    for (const [index, cell] of cells.entries()) {
      this.#bounds[2 * index] = at;
      at += this.#bytes.write(cell, at, 'utf8');
      this.#bounds[2 * index + 1] = at;
    }
    return { bytes: this.#bytes, bounds: this.#bounds };
  }
}
