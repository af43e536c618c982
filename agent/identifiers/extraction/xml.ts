import { decodeXML } from 'entities';
import { readFlatOpenDocument } from './open-document.ts';
import type { Document } from './reader.ts';
import { chunkTexts } from './scan-markup.ts';

const longestEntity = 16;

/**
 * XML of any kind is told as it stands, tags and all, because the name of an element is what says that a number in it is
 * an NHS number. Its own entities are not expanded.
 */
export function readXml(document: Document): void {
  if (/<office:document[\s>]/.test(document.source.read(0, 4096).toString('latin1'))) {
    readFlatOpenDocument(document);
    return;
  }
  let rest = '';
  for (const piece of chunkTexts(document)) {
    const text = rest + piece;
    const ampersand = text.lastIndexOf('&');
    const whole = ampersand < text.length - longestEntity ? text.length : ampersand;
    document.sink.text(decodeXML(text.slice(0, whole)));
    rest = text.slice(whole);
  }
  document.sink.text(rest);
}
