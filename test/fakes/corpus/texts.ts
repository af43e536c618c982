import { type Content, xmlText } from './content.ts';

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const txt = ({ paragraphs, rows }: Content) =>
  utf8([...paragraphs, ...rows.map((row) => row.join('   '))].join('\r\n'));
export const csv = ({ rows }: Content) => utf8(rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join(''));
export const tsv = ({ rows }: Content) => utf8(rows.map((row) => `${row.join('\t')}\n`).join(''));

export function html({ paragraphs, rows }: Content): Buffer {
  const cells = (row: readonly string[]) => row.map((cell) => `<td>${xmlText(cell)}</td>`).join('');
  const table = rows.map((row) => `<tr>${cells(row)}</tr>\n`).join('');
  const texts = paragraphs.map((text) => `<p>${xmlText(text)}</p>\n`).join('');
  return utf8(
    `<!DOCTYPE html><html><head><title>Made</title></head><body>${texts}<table>${table}</table></body></html>`,
  );
}

function records(rows: readonly (readonly string[])[]): Record<string, string>[] {
  const [header = [], ...rest] = rows;
  return rest.map((row) => Object.fromEntries(header.map((name, column) => [name, row[column] ?? ''])));
}

export const json = ({ paragraphs, rows }: Content) =>
  utf8(JSON.stringify({ notes: paragraphs, records: records(rows) }, null, 1));

export function xml({ paragraphs, rows }: Content): Buffer {
  const element = (name: string, text: string) => `<${name}>${xmlText(text)}</${name}>`;
  const fields = (record: Record<string, string>) =>
    Object.entries(record).map(([name, value]) => element(name.replaceAll(/\W/g, ''), value));
  const body = [
    ...paragraphs.map((text) => element('note', text)),
    ...records(rows).map((record) => `<record>${fields(record).join('')}</record>`),
  ];
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n<export>\n${body.join('\n')}\n</export>\n`);
}

export function rtf({ paragraphs, rows }: Content): Buffer {
  const text = (words: string) =>
    words.replace(/[\\{}]|[^\x20-\x7e]/g, (character) =>
      character.length === 1 && '\\{}'.includes(character) ? `\\${character}` : `\\u${character.charCodeAt(0)}?`,
    );
  const cells = (row: readonly string[]) => row.map((cell) => `\\intbl ${text(cell)}\\cell `).join('');
  const table = rows.map((row) => `\\trowd ${cells(row)}\\row\n`).join('');
  return Buffer.from(
    `{\\rtf1\\ansi\\ansicpg1252 ${paragraphs.map((line) => `${text(line)}\\par\n`).join('')}${table}}`,
    'latin1',
  );
}

/** A message with a plain body in quoted-printable, and attachments in base64. */
export function eml({ paragraphs, rows }: Content, attachments: Record<string, Buffer> = {}): Buffer {
  const body = [...paragraphs, ...rows.map((row) => row.join('\t'))].join('\r\n');
  const printable = [...utf8(body)]
    .map((byte) =>
      byte > 0x7e || byte === 0x3d ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte),
    )
    .join('')
    .replace(/[^\r\n]{70}(?==|[^\r\n=]{3})/g, '$&=\r\n');
  const part = (headers: string[], content: string) => `--cut\r\n${headers.join('\r\n')}\r\n\r\n${content}\r\n`;
  const attached = Object.entries(attachments).map(([name, bytes]) =>
    part(
      [
        'Content-Type: application/octet-stream',
        'Content-Transfer-Encoding: base64',
        `Content-Disposition: attachment; filename="${name}"`,
      ],
      (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'),
    ),
  );
  const parts = [
    part(['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'], printable),
    ...attached,
  ];
  return utf8(
    `From: Ann Example <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Made\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n${parts.join('')}--cut--\r\n`,
  );
}

/** One page for every fifty lines. */
export function pdf({ paragraphs, rows }: Content): Buffer {
  const lines = [...paragraphs, ...rows.map((row) => row.join('   '))];
  const pages = Array.from({ length: Math.max(1, Math.ceil(lines.length / 50)) }, (_, page) =>
    lines.slice(page * 50, page * 50 + 50),
  );
  const kids = pages.map((_, page) => `${4 + page * 2} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...pages.flatMap((page, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`,
      stream(
        `BT /F1 10 Tf 40 800 Td 15 TL ${page.map((line) => `(${line.replace(/[\\()]/g, '\\$&')}) Tj T*`).join(' ')} ET`,
      ),
    ]),
  ];
  return pdfOf(objects);
}

const stream = (content: string) => `<< /Length ${content.length} >>\nstream\n${content}\nendstream`;

/** Numbered objects with the table that says where each one is. */
export function pdfOf(objects: readonly string[]): Buffer {
  let text = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`;
  return Buffer.from(
    `${text}${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`,
    'latin1',
  );
}
