import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hear } from '../../../fakes/heard.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/documents/${name}`, import.meta.url));
const words = {
  body: 'NHS number 999 310 0994 in three runs',
  deleted: 'deleted NHS number 999 310 0749',
  header: 'Header NHS number 999 310 0269',
  footer: 'Footer NHS number 999 310 0501',
  footnote: 'Footnote NHS number 999 310 1222',
  comment: 'Comment NHS number 999 310 1486',
  box: 'Box NHS number 999 310 1729',
};
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('documents that LibreOffice wrote', () => {
  it.each([
    ['letter.docx', []],
    ['letter.odt', []],
    ['letter.fodt', []],
    ['letter.doc', []],
    ['letter.rtf', []],
    ['letter.html', []],
    // Comments are not printed.
    ['letter.pdf', ['comment']],
  ] as const)('%s: body, deleted text, header, footer, note, comment and box', async (name, absent) => {
    const { text } = await hear(name, fixture(name));
    for (const [place, wanted] of Object.entries(words))
      if (!(absent as readonly string[]).includes(place)) expect(flat(text)).toContain(wanted);
    expect(text).toContain('Zoë Example');
  });

  it.each(['letter.docx', 'letter.odt', 'letter.fodt', 'letter.doc', 'letter.rtf', 'letter.html'])(
    '%s: the table row by row, with its empty cell',
    async (name) => {
      const { rows } = await hear(name, fixture(name));
      expect(rows.map((row) => row.slice(0, 3))).toEqual([
        ['Name', 'NHS No', 'Born'],
        ['Ann Example', '999 310 1966', '01/02/1950'],
        ['Bob Example', '', '03/04/1951'],
        ['Cat Example', '999 310 0080', '05/06/1952'],
      ]);
    },
  );

  it.each(['patients.xlsx', 'patients.xls', 'patients.ods', 'patients.fods'])(
    '%s: numbers as numbers, dates as dates, comments, formulas and hidden sheets',
    async (name) => {
      const { text, rows } = await hear(name, fixture(name));
      expect(rows[0]).toEqual(['Name', 'NHS No', 'Born']);
      expect(rows[1]).toEqual(['Zoë Example', '9993100005', '1950-02-01']);
      expect(rows[2]?.[1]).toBe('9993100269');
      expect(rows[3]?.[1]).toBe('999 310 0749');
      expect(rows[4]?.slice(0, 2)).toEqual(['Formula', '9993100994']);
      expect(text).toContain('== SRPatient');
      expect(text).toContain('Comment NHS number 999 310 0501');
      expect(text).toContain('== Hidden');
      expect(text).toContain('NHS number 999 310 1222');
    },
  );

  it.each(['slides.pptx', 'slides.odp', 'slides.fodp'])('%s: slides, tables and notes', async (name) => {
    const { text, rows } = await hear(name, fixture(name));
    expect(text).toContain('Slide of Zoë: NHS number 999 310 0005');
    expect(text).toContain('Second slide NHS number 999 310 0749');
    expect(text).toContain('Notes NHS number 999 310 0501');
    expect(rows).toEqual([
      ['Name', 'NHS No'],
      ['Ann', '999 310 0269'],
    ]);
  });

  it.each(['letter-locked.pdf', 'letter-locked.zip'])('%s: is told to be under a password', async (name) => {
    await expect(hear(name, fixture(name))).rejects.toMatchObject({ status: 'encrypted' });
  });
});
