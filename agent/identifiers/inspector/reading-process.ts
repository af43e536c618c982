import { readSync, writeSync } from 'node:fs';
import { detectorMaker } from '../detector/detector.ts';
import { type ByteSource, memorySource } from '../extraction/byte-source.ts';
import { inspectDocument } from './inspect-document.ts';
import { isOnePiece, lengthBytes, longestRead, type Task } from './messages.ts';
import { giveUpRights } from './rights.ts';

// The process that reads documents. It holds no file: it asks its parent for bytes of the one file that the parent has
// opened. Reading and writing block, because there is nothing else to do meanwhile; idle, it costs no time at all.
const input = 0;
const output = 1;
/** Processor time told so far, in microseconds. */
let told = 0;

/** Exactly as many bytes as asked for, in the room if they fit, or undefined when the parent has gone. */
function receive(length: number, room?: Buffer): Buffer | undefined {
  const buffer = room && room.length >= length ? room.subarray(0, length) : Buffer.allocUnsafe(length);
  for (let have = 0; have < length; ) {
    const got = readSync(input, buffer, have, length - have, null);
    if (got === 0) return undefined;
    have += got;
  }
  return buffer;
}

function receiveFrame(room?: Buffer): Buffer | undefined {
  const length = receive(lengthBytes)?.readUInt32LE(0);
  return length === undefined ? undefined : receive(length, room);
}

function answer(message: object): void {
  const { user, system } = process.cpuUsage();
  const cpuMilliseconds = Math.round((user + system - told) / 1000);
  told = user + system;
  const line = Buffer.from(`${JSON.stringify({ ...message, cpuMilliseconds })}\n`);
  for (let sent = 0; sent < line.length; ) sent += writeSync(output, line, sent);
}

/** The file behind the parent, in pieces of at most `longestRead`. A file that is one piece came with its task. */
function remoteSource(size: number): ByteSource {
  if (isOnePiece(size)) return memorySource(receiveFrame() ?? process.exit());
  const piece = (offset: number, length: number, room?: Buffer): Buffer => {
    answer({ read: [offset, length] });
    return receiveFrame(room) ?? process.exit();
  };
  return {
    size,
    read(offset, length, room) {
      const end = Math.min(offset + length, size);
      if (end > offset && end - offset <= longestRead) return piece(offset, end - offset, room);
      const pieces: Buffer[] = [];
      for (let at = offset; at < end; at += longestRead) pieces.push(piece(at, Math.min(longestRead, end - at)));
      return Buffer.concat(pieces);
    },
  };
}

await giveUpRights();
// Getting ready is no work on a document: the first file does not wait for it to be made up for.
told = process.cpuUsage().user + process.cpuUsage().system;
const makeDetector = detectorMaker();
for (let body = receiveFrame(); body !== undefined; body = receiveFrame()) {
  const { size, peopleKey, ...task } = JSON.parse(body.toString()) as Task;
  const inspecting = { ...task, ...(peopleKey !== undefined && { peopleKey: Buffer.from(peopleKey, 'base64') }) };
  answer(await inspectDocument(remoteSource(size), inspecting, makeDetector));
}
