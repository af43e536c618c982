import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, seeded } from './content.ts';
import { documents } from './documents.ts';

const formats = ['docx', 'xlsx', 'pptx', 'odt', 'ods', 'pdf', 'docx', 'xlsx', 'pdf', 'doc', 'xls'] as const;
const words =
  'the meeting was held at the surgery and notes of the clinic are kept with the letter for review next month by our team as agreed'.split(
    ' ',
  );

/** Fills a folder with as many Office and PDF files, a few of which hold numbers of the test range. */
export function fillWithDocuments(folder: string, count: number, seed = 1): void {
  const random = seeded(seed);
  for (let index = 0; index < count; index++) {
    const format = formats[index % formats.length] ?? 'docx';
    writeFileSync(join(folder, `document-${index}.${format}`), documents[format](contentOf(random, index % 10 === 0)));
  }
}

function contentOf(random: () => number, withPeople: boolean): Content {
  const sentence = () => Array.from({ length: 18 }, () => words[Math.floor(random() * words.length)]).join(' ');
  const number = () => (withPeople ? testNumber(random) : String(Math.floor(random() * 1e6)));
  return {
    paragraphs: Array.from({ length: 20 + Math.floor(random() * 300) }, sentence),
    rows: [
      ['Name', withPeople ? 'NHS No' : 'Order', 'Note'],
      ...Array.from({ length: 10 + Math.floor(random() * 200) }, () => ['Ann Example', number(), sentence()]),
    ],
  };
}

/** A number of the range that is never issued, with its check digit. */
export function testNumber(random: () => number): string {
  for (;;) {
    const stem = `999${String(Math.floor(random() * 1e6)).padStart(6, '0')}`;
    const sum = [...stem].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check !== 10) return `${stem}${check}`;
  }
}
