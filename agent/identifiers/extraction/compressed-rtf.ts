import { Unread } from './unread.ts';

// [MS-OXRTFCP] 2.1.3.1.1: both sides begin with the same dictionary.
const dictionary =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const windowBytes = 4096;
const compressed = 0x75465a4c;
const headerBytes = 16;

/** The body of an Outlook message as rich text. @throws Unread when it is longer than `longest` */
export function decompressRtf(packed: Buffer, longest: number): Buffer {
  if (packed.length < headerBytes || packed.readUInt32LE(8) !== compressed) return packed.subarray(headerBytes);
  const size = packed.readUInt32LE(4);
  if (size > longest) throw new Unread('too-large', 'Its text is longer than is read.');
  const window = Buffer.alloc(windowBytes);
  let write = window.write(dictionary, 'latin1');
  const out: number[] = [];
  const emit = (byte: number) => {
    out.push(byte);
    window[write] = byte;
    write = (write + 1) % windowBytes;
  };
  for (let at = headerBytes; at < packed.length && out.length < size; ) {
    const control = packed[at++] ?? 0;
    for (let bit = 0; bit < 8 && at < packed.length && out.length < size; bit++) {
      if ((control & (1 << bit)) === 0) emit(packed[at++] ?? 0);
      else {
        const reference = ((packed[at] ?? 0) << 8) | (packed[at + 1] ?? 0);
        at += 2;
        const from = reference >> 4;
        // A reference to the place to be written next ends the text.
        if (from === write) return Buffer.from(out);
        for (let index = 0; index < (reference & 0x0f) + 2; index++) emit(window[(from + index) % windowBytes] ?? 0);
      }
    }
  }
  return Buffer.from(out);
}
