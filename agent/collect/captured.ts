/** One answer of the system, as it gave it. */
export interface Captured {
  /** Where it lies in the capture: for files their path from `/`. */
  path: string;
  content: string | Buffer;
  /**
   * `text`: every word is judged · `json`: the same for its texts, while names and numbers stay · `plist`: the same ·
   * `numbers`: kept whole, if it is only that · `whole`: kept, because this kind holds no text
   */
  kind: 'text' | 'json' | 'plist' | 'numbers' | 'whole';
}

/** What one computer gave. */
export interface Gathered {
  captured: Captured[];
  /** From a path to a path, both from `/`. */
  links: [from: string, to: string][];
  /** What could not be asked, and why: a machine word. */
  missing: { what: string; why: string }[];
}

/** Bounds of a capture: a computer with more is not more telling. */
export const limits = { files: 20_000, fileBytes: 1024 * 1024, allBytes: 64 * 1024 * 1024 } as const;
