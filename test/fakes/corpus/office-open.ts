import { strToU8, zipSync } from 'fflate';
import { type Content, xmlText } from './content.ts';

/** An archive of the given parts, deflated. */
export function zipOf(parts: Record<string, string | Uint8Array>): Buffer {
  const entries = Object.entries(parts).map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part]);
  return Buffer.from(zipSync(Object.fromEntries(entries)));
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const contentTypes = `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`;

/** Any package of new Office: its parts, and those that every package has. */
export function packageOf(parts: Record<string, string | Uint8Array>): Buffer {
  const whole = Object.entries(parts).map(([name, part]) => [
    name,
    typeof part === 'string' ? declaration + part : part,
  ]);
  return zipOf({ '[Content_Types].xml': contentTypes, ...Object.fromEntries(whole) });
}

const run = (text: string) => `<w:r><w:t xml:space="preserve">${xmlText(text)}</w:t></w:r>`;
const paragraph = (text: string) => `<w:p>${run(text)}</w:p>`;

export function wordBody(inner: string): string {
  return `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${inner}</w:body></w:document>`;
}

export function docx({ paragraphs, rows }: Content): Buffer {
  const cells = (row: readonly string[]) => row.map((cell) => `<w:tc>${paragraph(cell)}</w:tc>`).join('');
  const table = `<w:tbl>${rows.map((row) => `<w:tr>${cells(row)}</w:tr>`).join('')}</w:tbl>`;
  return packageOf({ 'word/document.xml': wordBody(paragraphs.map(paragraph).join('') + table) });
}

/** Cells that are digits only are numbers, as Excel makes them when they are typed in. */
export function xlsx({ paragraphs, rows }: Content): Buffer {
  const strings: string[] = [];
  const cell = (text: string) => {
    if (/^[1-9]\d*$/.test(text)) return `<c><v>${text}</v></c>`;
    strings.push(text);
    return `<c t="s"><v>${strings.length - 1}</v></c>`;
  };
  const sheet = (lines: readonly (readonly string[])[]) =>
    `<worksheet><sheetData>${lines.map((line) => `<row>${line.map(cell).join('')}</row>`).join('')}</sheetData></worksheet>`;
  const [table, notes] = [sheet(rows), sheet(paragraphs.map((text) => [text]))];
  return packageOf({
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="Table" sheetId="1" r:id="rId1"/><sheet name="Notes" sheetId="2" state="hidden" r:id="rId2"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="worksheets/sheet2.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': table,
    'xl/worksheets/sheet2.xml': notes,
    'xl/sharedStrings.xml': `<sst>${strings.map((text) => `<si><t>${xmlText(text)}</t></si>`).join('')}</sst>`,
  });
}

export function pptx({ paragraphs, rows }: Content): Buffer {
  const text = (words: string) => `<a:p><a:r><a:t>${xmlText(words)}</a:t></a:r></a:p>`;
  const cells = (row: readonly string[]) => row.map((cell) => `<a:tc>${text(cell)}</a:tc>`).join('');
  const table = `<a:tbl>${rows.map((row) => `<a:tr>${cells(row)}</a:tr>`).join('')}</a:tbl>`;
  const slide = (inner: string) => `<p:sld xmlns:a="a" xmlns:p="p"><p:txBody>${inner}</p:txBody></p:sld>`;
  return packageOf({
    'ppt/presentation.xml': '<p:presentation xmlns:p="p"/>',
    'ppt/slides/slide1.xml': slide(paragraphs.map(text).join('')),
    'ppt/slides/slide2.xml': slide(table),
  });
}
