import { compoundFile } from './compound-file.ts';
import { packageOf, wordBody, zipOf } from './office-open.ts';
import { pdfOf } from './texts.ts';

const mebibyte = 1024 * 1024;
const centralSignature = 0x02014b50;
const endSignature = Buffer.from([0x50, 0x4b, 5, 6]);

/** Archive in archive, each holding `width` of the one before. */
export function nestedZips(depth: number, width: number): Buffer {
  let inner = zipOf({ 'a.txt': Buffer.alloc(mebibyte) });
  for (let level = 1; level < depth; level++)
    inner = zipOf(Object.fromEntries(Array.from({ length: width }, (_, index) => [`${index}.zip`, inner])));
  return inner;
}

/** Many entries of the directory that share the same compressed bytes. */
export function overlappingZip(entries: number): Buffer {
  const one = zipOf({ 'a.txt': Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 251)) });
  const end = one.lastIndexOf(endSignature);
  const directory = one.readUInt32LE(end + 16);
  const entry = one.subarray(directory, end);
  const tail = Buffer.from(one.subarray(end));
  tail.writeUInt16LE(entries, 8);
  tail.writeUInt16LE(entries, 10);
  tail.writeUInt32LE(entry.length * entries, 12);
  return Buffer.concat([one.subarray(0, directory), ...Array.from({ length: entries }, () => entry), tail]);
}

/** An entry that says it is small and is not, or the other way round. */
export function lyingZip(saidBytes: number, realBytes: number): Buffer {
  const zip = zipOf({ 'a.txt': Buffer.alloc(realBytes, 'text ') });
  const directory = zip.readUInt32LE(zip.lastIndexOf(endSignature) + 16);
  if (zip.readUInt32LE(directory) !== centralSignature) throw new Error('The directory is not where it should be.');
  zip.writeUInt32LE(saidBytes, directory + 24);
  zip.writeUInt32LE(saidBytes, 22);
  return zip;
}

export const zeros = (megabytes: number) => zipOf({ 'a.txt': Buffer.alloc(megabytes * mebibyte) });

const laughs = `<!DOCTYPE lolz [<!ENTITY l0 "lol">${Array.from({ length: 12 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join('')}]>`;
export const entityBomb = Buffer.from(`<?xml version="1.0"?>${laughs}<a>&l12; NHS number 999 310 0005</a>`);
export const entityBombInWord = packageOf({
  'word/document.xml': laughs + wordBody('<w:p><w:r><w:t>&l12; NHS number 999 310 0005</w:t></w:r></w:p>'),
});

export const deepMarkup = packageOf({
  'word/document.xml': wordBody(`${'<w:tbl><w:tr><w:tc><w:p><w:r><w:t>'.repeat(50_000)}x`),
});

/** Pages that are their own parents, and a form that draws itself. */
export const loopingPdf = pdfOf([
  '<< /Type /Catalog /Pages 2 0 R >>',
  '<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 100000 /Parent 2 0 R >>',
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R >>',
  '<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >> /Length 5 >>\nstream\n/X Do\nendstream',
  '<< /Length 5 >>\nstream\n/X Do\nendstream',
]);

/** Chains of sectors that run in circles, and a stream that claims four gigabytes of them. */
export function loopingCompoundFile(): Buffer {
  const file = compoundFile({ WordDocument: Buffer.alloc(4096), '0Table': Buffer.alloc(4096) });
  const table = (file.readUInt32LE(76) + 1) * 512;
  for (let sector = 0; sector < 8; sector++) file.writeUInt32LE((sector + 1) % 8, table + sector * 4);
  const directory = (file.readUInt32LE(48) + 1) * 512;
  for (const entry of [1, 2]) {
    file.writeUInt32LE(0xffffff00, directory + entry * 128 + 120);
    // Siblings of each other.
    file.writeUInt32LE(3 - entry, directory + entry * 128 + 72);
  }
  return file;
}

/** A row that repeats one cell two thousand million times, two thousand million times. */
export const repeatedCells = zipOf({
  'content.xml':
    '<office:spreadsheet><table:table><table:table-row table:number-rows-repeated="2147483647"><table:table-cell table:number-columns-repeated="2147483647" office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>',
});

/** A picture beside an archive that can be read. */
export const zipWithPicture = (inner: Buffer) =>
  zipOf({ 'a.png': Buffer.from('89504e470d0a1a0a', 'hex'), 'b.zip': inner });

/** A workbook of as many texts, all of which have to be kept because cells refer to them by number. */
export function xlsxOfStrings(count: number): Buffer {
  const strings = `<sst>${'<si><t>a text of thirty characters...</t></si>'.repeat(count)}</sst>`;
  return packageOf({ 'xl/workbook.xml': '<workbook/>', 'xl/sharedStrings.xml': strings });
}
