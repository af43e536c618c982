import { type CompoundEntry, childOf } from './compound-file.ts';
import type { Document } from './reader.ts';
import { Unread } from './unread.ts';

// [MS-PPT] 2.13.24, types of records.
const wideText = 0x0fa0;
const narrowText = 0x0fa8;
const string = 0x0fba;
const slide = 0x03ee;
const notes = 0x03f0;
// [MS-PPT] 2.3.2: instead of 0xE391C05F when the presentation is encrypted.
const encryptedToken = 0xf3d1c4df;
const deepest = 32;

/** Old PowerPoint: records within records, of which a few hold text. */
export function readPpt(document: Document, root: CompoundEntry, stream: CompoundEntry): void {
  const user = childOf(root, 'Current User')?.bytes(64);
  if (user && user.length >= 16 && user.readUInt32LE(12) === encryptedToken)
    throw new Unread('encrypted', 'It is protected by a password.');
  document.budget.whole(stream.size);
  readRecords(document, stream.bytes(), 0);
}

function readRecords(document: Document, bytes: Buffer, depth: number): void {
  const { sink, budget } = document;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const type = bytes.readUInt16LE(at + 2);
    const body = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4));
    const isContainer = (bytes.readUInt16LE(at) & 0x0f) === 0x0f;
    at += 8 + body.length;
    if (type === slide || type === notes) sink.part();
    if (isContainer && depth < deepest) readRecords(document, body, depth + 1);
    else if (type === wideText || type === string || type === narrowText) {
      budget.text(body.length);
      const text = body.toString(type === narrowText ? 'latin1' : 'utf16le');
      sink.text(`${text.replace(/[\r\v]/g, '\n')}\n`);
    }
  }
}
