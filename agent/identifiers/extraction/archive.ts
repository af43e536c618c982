import { readOfficeOpenText } from './office-open.ts';
import { readOpenDocument } from './open-document.ts';
import { baseName, type Document } from './reader.ts';
import { Unread } from './unread.ts';
import { readXlsx } from './xlsx.ts';
import { openZip, type ZipPart } from './zip.ts';

/** Everything that is a zip file inside: new Office, OpenDocument, and archives of other documents. */
export async function readZip(document: Document): Promise<void> {
  const parts = await openZip(document.source, document.budget);
  const has = (pattern: RegExp) => parts.some(({ name }) => pattern.test(name));
  if (has(/^xl\/workbook\.bin$/)) throw new Unread('not-inspectable', 'Binary workbooks (.xlsb) are not read.');
  if (has(/^xl\/workbook\.xml$/)) return readXlsx(document, parts);
  if (has(/^(?:word|ppt)\/.+\.xml$/)) return readOfficeOpenText(document, parts);
  if (has(/^content\.xml$/) || has(/^encrypted-package$/)) return readOpenDocument(document, parts);
  return readArchive(document, parts);
}

/** An archive of nothing but what cannot be read is not read itself. */
async function readArchive(document: Document, parts: readonly ZipPart[]): Promise<void> {
  const unread: Unread[] = [];
  for (const part of parts) {
    const reason = await document.inner(baseName(part.name), () => part.whole());
    if (reason) unread.push(reason);
  }
  const [first] = unread;
  if (first && unread.length === parts.length) throw unread.find(({ status }) => status === 'encrypted') ?? first;
}
