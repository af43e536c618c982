import { officeOpenElements, officeText } from './office-text.ts';
import { baseName, type Document, extensionOf } from './reader.ts';
import { scanPart } from './scan-markup.ts';
import type { ZipPart } from './zip.ts';

/** Word and PowerPoint: every part that holds text, in the order of the archive. */
export async function readOfficeOpenText(document: Document, parts: readonly ZipPart[]): Promise<void> {
  for (const part of parts) {
    if (!holdsText(part.name)) continue;
    document.sink.part();
    await scanPart(part, officeText(document.sink, officeOpenElements));
  }
  await readCommonParts(document, parts);
}

/** What Word, PowerPoint and Excel have in common: charts, properties, data of the organisation's own, embedded files. */
export async function readCommonParts(document: Document, parts: readonly ZipPart[]): Promise<void> {
  for (const part of parts) {
    if (holdsPlainXml(part.name)) await readPlainXml(document, part);
    else if (isEmbedded(part.name)) await document.inner(baseName(part.name), () => part.whole());
  }
}

/** Every text of the part on a line of its own. */
async function readPlainXml({ sink }: Document, part: ZipPart): Promise<void> {
  sink.part();
  await scanPart(part, {
    text: (piece) => sink.text(piece),
    close: () => sink.text('\n'),
  });
}

const withoutText =
  /\/(?:styles|stylesWithEffects|settings|webSettings|fontTable|numbering|presProps|viewProps|tableStyles)\.xml$/;

const holdsText = (name: string) =>
  /^(?:word|ppt)\/.*\.xml$/.test(name) &&
  !/\/(?:theme|slideLayouts|slideMasters|charts|embeddings)\//.test(name) &&
  !withoutText.test(name);

const holdsPlainXml = (name: string) =>
  /\/charts\/chart[^/]*\.xml$/.test(name) ||
  /^docProps\/(?:core|custom|app)\.xml$/.test(name) ||
  /^customXml\/item\d+\.xml$/.test(name);

const documents = new Set([
  'docx',
  'docm',
  'xlsx',
  'xlsm',
  'pptx',
  'doc',
  'xls',
  'ppt',
  'rtf',
  'html',
  'htm',
  'mht',
  'txt',
  'csv',
  'pdf',
  'msg',
  'eml',
  'zip',
]);

export const isEmbedded = (name: string) => /\/embeddings\/./.test(name) || documents.has(extensionOf(name));
