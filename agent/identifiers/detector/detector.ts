import { isDeepStrictEqual } from 'node:util';
import type { Band, IdentifierName, TierCounts } from '#shared/identifiers/inspection.ts';
import type { LocalReference } from '#shared/identifiers/local-reference.ts';
import type { ByteSink } from '../text-sink.ts';
import { LabelTree } from './label-tree.ts';
import { labelsFor } from './labels.ts';
import { localReferences } from './local-references.ts';
import { RowBytes } from './row-bytes.ts';
import { RunningText } from './running-text.ts';
import { Scanner } from './scanner.ts';
import { Table } from './table.ts';
import { Tally } from './tally.ts';

export interface DetectorOptions {
  /** Numbers of the test range count in the band, as though they had been issued. Default: they do not. */
  drill?: boolean;
  /** The site's own references, from the policy. */
  localReferences?: readonly LocalReference[];
}

/** What was found in one file: counts only. */
export interface Findings {
  /** Kinds of which there are any. */
  identifiers: Partial<Record<IdentifierName, TierCounts>>;
  /** By the people that `high` identifiers name, and in a drill by those of the test range that would have been. */
  band: Band;
  /** There were too many to tell apart within the memory allowed: the counts are the least there can be. */
  atLeast: boolean;
}

/** Reads one file's text once and counts the identifiers in it. Not to be used for a second file. */
export interface Detector extends ByteSink {
  /** After the last piece, once. */
  finish(): Findings;
  /**
   * After `finish`: the people that made the band, so that the same person in two files counts once. Each is the first
   * 8 bytes of an HMAC-SHA-256 in base64url. Whoever holds the key can try all ten-digit numbers: keep the key in
   * memory only, make a new one every day, and let neither leave the agent.
   * @returns at most 2,000
   */
  digests(key: Uint8Array): string[];
}

export function createDetector(options: DetectorOptions = {}): Detector {
  return detectorMaker()(options);
}

/**
 * Makes detectors for one file after another. To put the labels into a tree costs more than to read a letter: it is done
 * once for all files in a row that have the same references.
 */
export function detectorMaker(): (options: DetectorOptions) => Detector {
  let kept: { references: readonly LocalReference[]; labels: LabelTree } | undefined;
  return ({ drill = false, localReferences: references = [] }) => {
    if (!kept || !isDeepStrictEqual(kept.references, references))
      kept = { references, labels: new LabelTree(labelsFor(references)) };
    const tally = new Tally(drill);
    return new PartDetector(tally, new Scanner(tally, kept.labels, localReferences(references)));
  };
}

/** A SystmOne Strategic Reporting Extract: `SRPatient`, `SRPatientAddressHistory`. */
const extractName = /^SR[A-Z][A-Za-z]+/;

/** Running text and tables of one part after another. */
class PartDetector implements Detector {
  readonly #tally: Tally;
  readonly #scanner: Scanner;
  readonly #text: RunningText;
  readonly #rowBytes = new RowBytes();
  #table: Table | null = null;
  #isExtract = false;

  constructor(tally: Tally, scanner: Scanner) {
    this.#tally = tally;
    this.#scanner = scanner;
    this.#text = new RunningText(scanner);
  }

  part(name = ''): void {
    this.#text.end();
    this.#endTable();
    this.#isExtract = extractName.test(name);
  }

  text(piece: string): void {
    this.#endTable();
    this.#text.text(piece);
  }

  bytes(chunk: Uint8Array): void {
    this.#endTable();
    this.#text.bytes(chunk);
  }

  row(cells: readonly string[]): void {
    const { bytes, bounds } = this.#rowBytes.of(cells);
    this.cells(bytes, bounds, cells.length);
  }

  cells(bytes: Uint8Array, bounds: Int32Array, count: number): void {
    if (!this.#table) {
      this.#text.end();
      this.#table = new Table(this.#scanner, this.#isExtract);
    }
    this.#table.row(bytes, bounds, count);
  }

  finish(): Findings {
    this.part();
    return this.#tally.findings();
  }

  digests(key: Uint8Array): string[] {
    return this.#tally.digests(key);
  }

  #endTable(): void {
    this.#table?.end();
    this.#table = null;
  }
}
