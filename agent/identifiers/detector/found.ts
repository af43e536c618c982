/** An identifier in a stretch of bytes. */
export interface Found {
  /** What it is, in whatever way it was written: above 0 and below 2^53. Stays in this process. */
  key: number;
  start: number;
  end: number;
  /** Of a range that is never issued. */
  test: boolean;
}
