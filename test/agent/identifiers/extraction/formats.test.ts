import { describe, expect, it } from 'vitest';
import { documentFormats, documents } from '../../../fakes/corpus/documents.ts';
import { docx, zipOf } from '../../../fakes/corpus/office-open.ts';
import { hear } from '../../../fakes/heard.ts';

const content = {
  paragraphs: ['Letter about Zoë Example & Sons <Ltd>.', 'NHS number 999 310 0005'],
  rows: [
    ['Name', 'NHSNo', 'Born'],
    ['Ann Example', '9993100269', '01/02/1950'],
    ['Bob Example', '', '03/04/1951'],
    ['Cat Example', '9993100501', '05/06/1952'],
  ],
};
const onlyTable = ['csv', 'tsv'];
const withRows = ['docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'rtf', 'html', 'doc', 'xls', 'zip'] as const;

describe('a document of each format', () => {
  it.each(documentFormats)('%s: all of its text is told', async (format) => {
    const { text, unread } = await hear(`made.${format}`, documents[format](content));
    expect(unread).toEqual([]);
    for (const number of ['9993100269', '9993100501']) expect(text).toContain(number);
    if (onlyTable.includes(format)) return;
    expect(text).toContain('999 310 0005');
    expect(text).toContain('Zoë Example & Sons <Ltd>');
  });

  it.each(withRows)('%s: every cell stands under its header', async (format) => {
    const { rows } = await hear(`made.${format}`, documents[format](content));
    const header = rows.find(([name]) => name === 'Name');
    expect(header?.slice(0, 3)).toEqual(['Name', 'NHSNo', 'Born']);
    expect(rows.find(([name]) => name === 'Bob Example')?.[2]).toBe('03/04/1951');
    expect(rows.find(([name]) => name === 'Cat Example')?.[1]).toBe('9993100501');
  });

  it.each(documentFormats.filter((format) => !['csv', 'tsv', 'txt', 'json'].includes(format)))(
    '%s: is known by its content, whatever it is called',
    async (format) => {
      const { text } = await hear('made.dat', documents[format](content));
      expect(text).toContain('999 310 0005');
    },
  );
});

describe('what is not read', () => {
  it.each([
    ['7z', Buffer.from('377abcaf271c0004', 'hex'), 'an archive'],
    ['rar', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), 'an archive'],
    ['gz', Buffer.from('1f8b0800', 'hex'), 'an archive'],
    ['png', Buffer.from('89504e470d0a1a0a', 'hex'), 'a picture'],
    ['jpg', Buffer.from('ffd8ffe0', 'hex'), 'a picture'],
    ['mp4', Buffer.from('0000001866747970', 'hex'), 'sound or film'],
    ['pst', Buffer.from('!BDN\0\0\0\0', 'latin1'), 'a mailbox'],
    ['mbox', Buffer.from('From ann@example.org Sat Jan  3 10:00:00 2026\nFrom: a\n\nx\n'), 'a mailbox'],
    ['sqlite', Buffer.from('SQLite format 3\0', 'latin1'), 'a database'],
    ['bin', Buffer.from('00010203040506070801020304050607', 'hex'), 'a format that is not read'],
    ['xlsb', zipOf({ 'xl/workbook.bin': 'x' }), 'Binary workbooks'],
  ])('%s is not inspectable, and the reason says why', async (extension, bytes, reason) => {
    await expect(hear(`made.${extension}`, bytes)).rejects.toMatchObject({
      status: 'not-inspectable',
      message: expect.stringContaining(reason),
    });
  });

  it('an archive of which nothing can be read is not inspected, and one of which something can is', async () => {
    const picture = Buffer.from('89504e470d0a1a0a', 'hex');
    await expect(hear('a.zip', zipOf({ 'a.png': picture }))).rejects.toMatchObject({ status: 'not-inspectable' });
    const { text, unread } = await hear('a.zip', zipOf({ 'a.png': picture, 'b.docx': docx(content) }));
    expect(text).toContain('999 310 0005');
    expect(unread.map(({ status }) => status)).toEqual(['not-inspectable']);
  });

  it('a workbook that is only called one is read as the table it is', async () => {
    const { rows } = await hear('export.xls', documents.tsv(content));
    expect(rows).toContainEqual(['Ann Example', '9993100269', '01/02/1950']);
  });
});
