import Type from 'typebox';
import { Inspection } from '#shared/identifiers/inspection.ts';
import { Count, checker, exactObject } from '#shared/schema.ts';
import type { DetectorOptions } from '../detector/detector.ts';
import type { Limits } from '../extraction/budget.ts';

/**
 * The parent and the reading process speak in turns. The parent sends a frame: the length of its body in four bytes,
 * little-endian, then the body: first the task as JSON, later the bytes that were asked for. The process answers with
 * one line of JSON: which bytes of the file it wants next, or what it found. A file that is one piece comes in a frame
 * right behind its task, unasked: turns are what a small file costs most.
 */
export interface Task {
  name: string;
  size: number;
  detector: DetectorOptions;
  limits: Limits;
  /** In base64. */
  peopleKey?: string;
}

export const lengthBytes = 4;
/** Most bytes the process may ask for at once. */
export const longestRead = 1024 * 1024;
/** Whether the content goes with the task. @param size of the file, in bytes */
export const isOnePiece = (size: number) => size > 0 && size <= longestRead;
/** Longest line the process may answer with, in bytes. */
export const longestAnswer = 128 * 1024;

const Digest = Type.String({ pattern: '^[A-Za-z0-9_-]{11}$' });

/** Processor time of this turn, in milliseconds: what the share is reckoned by. */
const cpuMilliseconds = Count;

export const Answer = Type.Union([
  exactObject({ cpuMilliseconds, read: Type.Tuple([Count, Type.Integer({ minimum: 1, maximum: longestRead })]) }),
  exactObject({ cpuMilliseconds, inspection: Inspection, people: Type.Array(Digest, { maxItems: 2_000 }) }),
]);
export type Answer = Type.Static<typeof Answer>;

/** What the process says is checked like anything else that comes from a document. */
export const answers = checker(Answer);

export function frame(body: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(lengthBytes + body.length);
  framed.writeUInt32LE(body.length);
  framed.set(body, lengthBytes);
  return framed;
}
