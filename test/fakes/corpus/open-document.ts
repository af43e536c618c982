import { type Content, xmlText } from './content.ts';
import { zipOf } from './office-open.ts';

const paragraph = (text: string) => `<text:p>${xmlText(text)}</text:p>`;

function cell(text: string): string {
  if (/^[1-9]\d*$/.test(text))
    return `<table:table-cell office:value-type="float" office:value="${text}"><text:p>${Number(text).toExponential(2)}</text:p></table:table-cell>`;
  return `<table:table-cell office:value-type="string">${paragraph(text)}</table:table-cell>`;
}

function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `<table:table-row>${row.map(cell).join('')}</table:table-row>`);
  return `<table:table table:name="Table">${lines.join('')}</table:table>`;
}

function openDocument(kind: string, body: string): Buffer {
  return zipOf({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'content.xml': `<?xml version="1.0" encoding="UTF-8"?><office:document-content><office:body>${body}</office:body></office:document-content>`,
    'META-INF/manifest.xml': '<manifest:manifest/>',
  });
}

export const odt = ({ paragraphs, rows }: Content) =>
  openDocument('text', paragraphs.map(paragraph).join('') + table(rows));

export const ods = ({ paragraphs, rows }: Content) =>
  openDocument('spreadsheet', table(rows) + table(paragraphs.map((text) => [text])));

export const odp = ({ paragraphs, rows }: Content) =>
  openDocument('presentation', `<draw:page>${paragraphs.map(paragraph).join('')}${table(rows)}</draw:page>`);
