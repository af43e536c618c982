import type { Inspection } from '#shared/identifiers/inspection.ts';

export interface InspectionRequest {
  /** Absolute path, as bytes where the name is not UTF-8. */
  path: string | Buffer;
  /** Small ones go first. */
  sizeBytes: number;
  /** `soon`: a person is waiting, or a medium may be pulled out. `whenever`: the sweep. */
  urgency: 'soon' | 'whenever';
  /**
   * Asks for the digests of the people who made the band (`Detector.digests` with this key), so that one person in two
   * files counts once. Handed over before the promise resolves, and only when there are any.
   */
  people?: { key: Uint8Array; take(digests: readonly string[]): void };
}

/** Counts identifiers in files, in a process of its own, one after another. */
export interface Inspector {
  /** Never rejects: whatever the file does, there is a verdict. */
  inspect(request: InspectionRequest): Promise<Inspection>;
  /** What waits, for the agent's health. */
  backlog(): { files: number; bytes: number };
  close(): Promise<void>;
}
