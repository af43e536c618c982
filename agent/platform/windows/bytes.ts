import { PortcullisError } from '#shared/errors.ts';

/** Text as Windows takes it: UTF-16 with a zero at the end. */
export function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le');
}

/** The text up to the first zero; an odd last byte is left out. */
export function fromWide(bytes: Buffer): string {
  return texts(bytes)[0] ?? '';
}

/** A list of texts, each ended by a zero, the last one by two (REG_MULTI_SZ). */
export function wideList(items: readonly string[]): Buffer {
  return Buffer.from([...items, '', ''].join('\0').slice(0, items.length > 0 ? undefined : 2), 'utf16le');
}

export function fromWideList(bytes: Buffer): string[] {
  return texts(bytes).filter((text) => text !== '');
}

function texts(bytes: Buffer): string[] {
  return bytes
    .subarray(0, bytes.length & ~1)
    .toString('utf16le')
    .split('\0');
}

/** @param text `53f56307-b6bf-11d0-94f2-00a0c91efb8b`, in braces or not */
export function guidBytes(text: string): Buffer {
  const hex = text.replace(/[-{}]/g, '');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new PortcullisError('badGuid', 'This is no GUID.');
  const bytes = Buffer.from(hex, 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** In lower case without braces. @throws RangeError when there are fewer than 16 bytes */
export function guidText(bytes: Buffer, at = 0): string {
  const hex = (from: number, length: number) => bytes.toString('hex', at + from, at + from + length);
  const first = bytes.readUInt32LE(at).toString(16).padStart(8, '0');
  const words = [4, 6].map((from) =>
    bytes
      .readUInt16LE(at + from)
      .toString(16)
      .padStart(4, '0'),
  );
  bytes.readUInt8(at + 15);
  return [first, ...words, hex(8, 2), hex(10, 6)].join('-');
}
