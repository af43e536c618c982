import { createHmac } from 'node:crypto';
import { vocabulary } from './vocabulary.ts';

/** Takes out of a text what names a person, a computer, a device or a file. */
export type Scrub = (text: string) => string;

/** Escaped signs of ASCII that are neither letters nor digits, as udev (`\x20`) and the list of mounts (`\040`) write them. */
const escaped = String.raw`\\x(?:[01][\da-f]|2[\da-f]|3[a-f]|40|5[b-f]|60|7[b-f])|\\0(?:11|12|40|43)|\\134`;
const words = new RegExp(String.raw`${escaped}|(?:(?!${escaped})\\x[\da-f]{2}|[\p{L}\p{M}\p{N}])+`, 'giu');
const isEscaped = new RegExp(`^(?:${escaped})$`, 'i');

/** Names that kernels give, and numbers too short to be anybody's. */
const harmless = [
  /^\d{1,4}$/,
  /^0x[\da-f]{1,4}$/i,
  /^(?:sd|hd|vd|xvd)[a-z]{1,2}\d{0,3}$/,
  /^(?:sr|fd|loop|dm|md|zram|ram|usb|ata|host|target|scsi|event|input|tty|pci|bus|drm|card|hci|wlan|eth)\d{0,4}$/,
  /^(?:mmcblk|nvme)\d+(?:n\d+)?(?:boot\d|rpmb|p\d+)?$/,
  // Numbers of USB vendor, product and classes, as the kernel and Windows put them into one word.
  /^v[\da-f]{4}p[\da-f]{4}d[\da-f]{4}dc[\da-f]{2}dsc[\da-f]{2}dp[\da-f]{2}(?:ic[\da-f]{2}isc[\da-f]{2}ip[\da-f]{2}in[\da-f]{2})?$/i,
];

/**
 * Every word that is not in the vocabulary becomes another of the same shape: letters for letters, digits for digits. One
 * word is always the same within a capture, so that what belongs together still does; the key is thrown away, so that
 * nobody can find out by trying, and two captures cannot be compared.
 * @param key of this capture
 */
export function scrubber(key: Buffer): Scrub {
  const known = new Map<string, string>();
  return (text) =>
    text.replace(words, (word) => {
      if (isEscaped.test(word) || isHarmless(word)) return word;
      const made = known.get(word) ?? pseudonym(key, word);
      known.set(word, made);
      return made;
    });
}

export function isHarmless(word: string): boolean {
  return vocabulary.has(word.toLowerCase()) || harmless.some((shape) => shape.test(word));
}

/** Never the word itself. */
function pseudonym(key: Buffer, word: string): string {
  const isHex = /^[\da-f]+$/i.test(word);
  for (let attempt = 0; ; attempt += 1) {
    const made = shaped(word, keyStream(key, `${attempt}:${word.toLowerCase()}`, word.length), isHex);
    if (made !== word && !isHarmless(made)) return made;
  }
}

function keyStream(key: Buffer, text: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 32 < length; block += 1)
    blocks.push(createHmac('sha256', key).update(`${block}:${text}`).digest());
  return Buffer.concat(blocks);
}

function shaped(word: string, stream: Buffer, isHex: boolean): string {
  return Array.from({ length: word.length }, (_, index) => {
    const sign = word.charAt(index);
    const byte = stream[index] ?? 0;
    if (/\d/.test(sign)) return String(byte % 10);
    if (sign === '\\') return 'x';
    const letter = String.fromCharCode(97 + (byte % (isHex ? 6 : 26)));
    return sign === sign.toUpperCase() && sign !== sign.toLowerCase() ? letter.toUpperCase() : letter;
  }).join('');
}
