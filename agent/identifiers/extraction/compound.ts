import { type CompoundEntry, childOf, openCompoundFile } from './compound-file.ts';
import { readDoc } from './doc.ts';
import { readMsg } from './msg.ts';
import { readPpt } from './ppt.ts';
import type { Document } from './reader.ts';
import { Unread } from './unread.ts';
import { readXls } from './xls.ts';

/** Old Office documents, Outlook messages, and new Office documents under a password: told apart by their streams. */
export async function readCompound(document: Document): Promise<void> {
  const root = openCompoundFile(document.source);
  const stream = (...names: string[]): CompoundEntry | undefined =>
    names.map((name) => childOf(root, name)).find((found) => found !== undefined);
  if (stream('EncryptedPackage', 'EncryptionInfo', '\u0006DataSpaces'))
    throw new Unread('encrypted', 'It is protected by a password or by rights management.');
  const word = stream('WordDocument');
  if (word) return readDoc(document, root, word);
  const excel = stream('Workbook', 'Book');
  if (excel) return readXls(document, excel);
  const powerPoint = stream('PowerPoint Document');
  if (powerPoint) return readPpt(document, root, powerPoint);
  if (stream('__properties_version1.0')) return readMsg(document, root);
  throw new Unread('not-inspectable', 'It is a compound file of a kind that is not read.');
}
