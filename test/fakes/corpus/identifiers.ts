import type { Content } from './content.ts';
import { seeded } from './content.ts';
import { testNumber } from './folder.ts';

/**
 * Made-up text with numbers of patients in it, and text that only looks so. Numbers of the range that is issued never
 * stand in a file of this repository: where a test needs one, it is made when the test runs.
 */
export interface Case {
  name: string;
  content: Content;
  /** Numbers that must be found with certainty, ten digits each; all else is wrong. */
  people: readonly string[];
  /** Only a table shows which cells belong together. */
  isForm?: true;
}

/** The number whose first nine digits are given, or null when its check digit would be 10. */
export function withCheckDigit(stem: string): string | null {
  const sum = [...stem].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? null : stem + check;
}

/** A number that begins so and passes the check, such as may be issued: for the running test only. */
export function madeNumber(random: () => number, beginning: string): string {
  for (;;) {
    const rest = String(Math.floor(random() * 1e9)).padStart(9, '0');
    const number = withCheckDigit((beginning + rest).slice(0, 9));
    if (number !== null) return number;
  }
}

export function manyOf<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export const separators = {
  none: '',
  space: ' ',
  hyphen: '-',
  'no-break space': '\u00a0',
  'no-break hyphen': '\u2011',
  'en dash': '\u2013',
  'figure space': '\u2007',
  'thin space': '\u2009',
  'narrow no-break space': '\u202f',
} as const;

export function grouped(number: string, separator: string): string {
  return [number.slice(0, 3), number.slice(3, 6), number.slice(6)].join(separator);
}

const filler = 'The meeting was held at the surgery and notes were kept with the letter for review by our team. ';

const text = (...paragraphs: string[]): Content => ({ paragraphs, rows: [] });
const table = (...rows: string[][]): Content => ({ paragraphs: [], rows });

const labels = [
  'NHS number',
  'NHS Number:',
  'NHS No.',
  'NHS no',
  'nhsNumber =',
  'NHS_NUMBER',
  'N H S patient',
  'New NHS No',
  'Patient',
  'patient id',
  'DOB 03/02/1980,',
  'National Health Service number',
];

const headings = ['NHSNumber', 'NHS No', 'NHS Number', 'NHS_NO', 'Patient NHS number', 'IDPatient', 'NHS No.'];

/** Numbers of the test range in every format and layout. */
export function casesWithPeople(seed = 1): Case[] {
  const random = seeded(seed);
  const some = (count: number) => manyOf(count, () => testNumber(random));
  const kept = (name: string, people: string[], content: Content): Case => ({
    name,
    people: [...new Set(people)],
    content,
  });
  const [one] = some(1);
  const cases: Case[] = [];
  for (const [name, separator] of Object.entries(separators)) {
    const people = some(labels.length);
    const lines = people.map(
      (number, index) => `${labels[index]} ${grouped(number, separator)} was seen. ${filler.repeat(5)}`,
    );
    cases.push(kept(`text, ${name}`, people, text(...lines)));
    const listed = some(12);
    cases.push(kept(`list, ${name}`, listed, text(listed.map((number) => grouped(number, separator)).join('\r\n'))));
    const column = some(15);
    cases.push(
      kept(
        `column, ${name}`,
        column,
        table(['Surname', 'NHS No'], ...column.map((number) => ['Example', grouped(number, separator)])),
      ),
    );
  }
  for (const heading of headings) {
    const people = some(3);
    cases.push(
      kept(
        `heading ${heading}`,
        people,
        table(['Surname', heading, 'Ward'], ...people.map((number) => ['Example', number, '12'])),
      ),
    );
  }
  const unnamed = some(40);
  const spread = some(2);
  const record = some(6);
  const repeated = some(10);
  cases.push(
    kept(
      'column without a heading',
      unnamed,
      table(...unnamed.map((number, index) => [`Example ${index}`, number, 'B12'])),
    ),
    kept(
      'names beside',
      unnamed,
      text(...unnamed.map((number, index) => `${index + 1}. Example, Ann ${number} ward 3`)),
    ),
    kept('on one line', unnamed, text(unnamed.join(', '))),
    kept(
      'form',
      spread,
      table(
        ['Name', 'Ann Example'],
        ['NHS number', spread[0] ?? ''],
        ['', ''],
        ['NHS No', grouped(spread[1] ?? '', ' ')],
      ),
    ),
    kept('words after', [one ?? ''], text(`${grouped(one ?? '', ' ')} is the number of this patient. ${filler}`)),
    kept('words 200 characters away', [one ?? ''], text(`This patient ${filler.repeat(2)}${one}`)),
    kept(
      'people described',
      record,
      table(
        ['Name', 'Date of birth', 'Postcode', 'Id'],
        ...record.map((number) => ['Ann Example', '03/02/1980', 'OX1 1AA', number]),
      ),
    ),
    kept(
      'number and telephone',
      [one ?? ''],
      text(`Patient Ann Example, NHS No ${one}, telephone 7700900019, mobile 07700 900 035.`),
    ),
    kept('number of patient on an order', [one ?? ''], text(`Order 12345 of patient ${one} was sent.`)),
    kept('many times the same', repeated, text(...manyOf(30, (index) => `NHS no ${repeated[index % 10]} ${filler}`))),
  );
  return cases;
}

/** Numbers that must not be found with certainty, amid words that speak of patients. */
export function traps(seed = 2): Case[] {
  const random = seeded(seed);
  const live = (beginning = '4') => madeNumber(random, beginning);
  const any = () => String(1e9 + Math.floor(random() * 9e9));
  const trap = (name: string, content: Content): Case => ({ name, people: [], content });
  const said = (line: string) => text(`Minutes of the NHS trust, about the care of patients. ${line}`);
  const column = (heading: string, value: () => string) =>
    table(['Name', heading], ...manyOf(40, () => ['Ann Example', value()]));
  const ofcom = ['7700900000', '7700900019', '7700900027', '7700900035', '7700900043'];
  return [
    ...[
      'Order',
      'Order number:',
      'Invoice no.',
      'PO',
      'our reference',
      'Ticket #',
      'Tracking',
      'Account no',
      'Page',
      'UTR:',
      'timestamp',
      'ISBN',
      'ISBN-10:',
      'sha1',
      'transaction id',
      'MPAN',
    ].map((word) => trap(`${word} before a number`, said(`${word} ${live()} and ${word} ${live('7')}, ${live('6')}.`))),
    ...[
      'Order number',
      'Phone',
      'Mobile',
      'Invoice',
      'ISBN',
      'UTR',
      'Timestamp',
      'Patient phone',
      'Account number',
    ].map((heading) =>
      trap(
        `column ${heading}`,
        column(heading, () => live(['4', '6', '7'][Math.floor(random() * 3)])),
      ),
    ),
    trap('column of any ten digits', column('Id', any)),
    trap(
      'column of any ten digits beside people',
      table(['Name', 'DOB', 'Postcode', 'Id'], ...manyOf(200, () => ['Ann Example', '03/02/1980', 'OX1 1AA', any()])),
    ),
    trap('list of any ten digits', text(manyOf(300, any).join('\n'))),
    trap('time stamps', text(manyOf(200, (index) => String(1_700_000_000 + index * 977)).join('\n'))),
    trap(
      'telephone numbers of drama',
      said(`Call 7700900000, phone 7700900019, tel: 7700900027, mobile no. 7700900035, 7700900043 (mobile).`),
    ),
    ...ofcom.map((phone) =>
      trap(
        `${phone} abroad`,
        said(
          `+44 ${phone}, +44${phone}, +44 (0)${phone}, 0044 ${phone}, 0${phone}, +44 ${grouped(phone, ' ')}, +44-${grouped(phone, '-')}`,
        ),
      ),
    ),
    trap(
      'phone in groups',
      said(
        `phone ${grouped('7700900019', ' ')}, Tel. ${grouped('7700900027', '-')}, +1 ${grouped(live(), '-')}, 1-${grouped(live('6'), '-')}`,
      ),
    ),
    {
      ...trap(
        'telephone label to the left',
        table(['Patient', 'Ann Example'], ['Telephone', '7700900019'], ['Mobile', '7700900027']),
      ),
      isForm: true,
    },
    trap(
      'addresses of pages',
      said(
        `https://nhs.example/patients/${live()} https://nhs.example/?id=${live()}&nhs=${live()} www.example.org/${live('6')}/a`,
      ),
    ),
    trap(
      'paths and names of files',
      said(
        `/patients/${live()} C:\\patients\\${live()} patient_${live()} ${live()}_scan ${live()}.pdf ${live()}@example.org`,
      ),
    ),
    trap(
      'parts of longer numbers',
      said(
        `1${live()} ${live()}7 A${live()} ${live()}B 1.${live()} ${live()}.5 0.${live()} INV-${live()} 12-${live()}`,
      ),
    ),
    trap(
      'hashes',
      said(
        `d41d8cd98f${live()}e9800998ecf8427e 7f${live()}aa ${manyOf(4, () => live()).join('')} 123e4567-e89b-12d3-a456-42${live()}`,
      ),
    ),
    trap('money', said(`£${live()} and $${live('6')}`)),
    trap(
      'mixed separators',
      said(
        `NHS number ${live().replace(/^(...)(...)/, '$1-$2 ')} or ${live().replace(/^(...)(...)/, '$1 $2')} or ${live().replace(/^(...)(...)/, '$1 / $2 / ')}`,
      ),
    ),
    trap(
      'examples that do not check',
      said('NHS number 999 123 4567, 999 123 4560, 987 654 4321, 1234567890, 999 000 0000'),
    ),
    trap(
      'stems that have no check digit',
      said(
        `NHS numbers ${['999310003', '999310017', '999310020', '999310034'].flatMap((stem) => manyOf(10, (digit) => stem + digit)).join(' ')}`,
      ),
    ),
    trap(
      'repeated digits',
      said(`NHS numbers ${manyOf(10, (digit) => String(digit).repeat(10)).join(', ')}, missing: 999 999 9999`),
    ),
    trap('rounded by a spreadsheet', table(['NHS No'], ['4.01E+09'], ['9.99E+09'], ['9.9931E+09'], ['#######'])),
    trap(
      'ranges of nobody',
      said(`NHS numbers ${['5', '80', '85', '86', '89', '319'].map((beginning) => live(beginning)).join(' ')}`),
    ),
    trap(
      'NHS in the letterhead',
      text(
        `NHS Example Trust. ${filler} Numbers drawn: ${manyOf(9, () => live()).join(` ${filler}${filler}${filler}${filler} `)}`,
      ),
    ),
    trap('nothing at all', text(filler.repeat(50))),
    trap(
      'one order many times',
      table(['Name', 'Thing'], ...manyOf(60, ((number) => () => ['Ann Example', number])(live()))),
    ),
  ];
}
