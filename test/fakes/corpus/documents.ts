import type { Content } from './content.ts';
import { docx, pptx, xlsx, zipOf } from './office-open.ts';
import { doc, msg, ppt, xls } from './old-office.ts';
import { odp, ods, odt } from './open-document.ts';
import { csv, eml, html, json, pdf, rtf, tsv, txt, xml } from './texts.ts';

/** Makes the same content a document of each format, by the ending of its name. */
export const documents = {
  docx,
  xlsx,
  pptx,
  odt,
  ods,
  odp,
  pdf,
  rtf,
  csv,
  tsv,
  txt,
  html,
  json,
  xml,
  eml: (content: Content) => eml(content),
  msg: (content: Content) => msg(content),
  doc,
  xls,
  ppt,
  zip: (content: Content) => zipOf({ 'folder/inside.docx': docx(content) }),
} satisfies Record<string, (content: Content) => Buffer>;

export const documentFormats = Object.keys(documents) as (keyof typeof documents)[];
