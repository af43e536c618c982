import { describe, expect, it } from 'vitest';
import {
  createDetector,
  type DetectorOptions,
  detectorMaker,
  type Findings,
} from '../../../../agent/identifiers/detector/detector.ts';
import type { TierCounts } from '../../../../shared/identifiers/inspection.ts';
import { seeded } from '../../../fakes/corpus/content.ts';
import { grouped, madeNumber, manyOf } from '../../../fakes/corpus/identifiers.ts';

// Numbers that may be issued are made while the tests run and stand in no file.
const random = seeded(7);
const live = () => madeNumber(random, '6');
const scottish = (day = '0302') => madeNumber(random, `${day}80`);
const northern = () => madeNumber(random, '33');

function inText(text: string, options: DetectorOptions = {}): Findings {
  const detector = createDetector(options);
  detector.text(text);
  return detector.finish();
}

function inTable(rows: readonly string[][], options: DetectorOptions = {}, part = 'Sheet1'): Findings {
  const detector = createDetector(options);
  detector.part(part);
  for (const row of rows) detector.row(row);
  return detector.finish();
}

const counts = (some: Partial<TierCounts>): TierCounts => ({ high: 0, medium: 0, low: 0, test: 0, ...some });
const oneIn = (tier: keyof TierCounts) => counts({ [tier]: 1 });

describe('a number in running text', () => {
  it.each([
    ['NHS number: #', 'high'],
    ['NHS No #', 'high'],
    ['nhsNumber="#"', 'high'],
    ['the patient # was seen', 'high'],
    ['NHS: #', 'high'],
    ['(NHS #)', 'high'],
    ['=', 'medium'],
    ['= of the NHS', 'high'],
    ['#', 'low'],
    ['# of the NHS', 'low'],
    [`patient ${'x'.repeat(290)} #`, 'high'],
    [`patient ${'x'.repeat(310)} #`, 'low'],
    [`# ${'x'.repeat(290)} patient`, 'high'],
    [`# ${'x'.repeat(310)} patient`, 'low'],
    [`patient ${'é'.repeat(290)} #`, 'high'],
    [`patient ${'é'.repeat(310)} #`, 'low'],
  ] as const)('%s is %s', (text, tier) => {
    const number = live();
    expect(inText(text.replace('#', number).replace(/^=/, grouped(number, ' '))).identifiers).toEqual({
      nhsNumber: oneIn(tier),
    });
  });

  it.each([
    'phone #',
    'tel:#',
    'Mobile no. #',
    '# (mobile)',
    '+44 #',
    '+#',
    '(0)#',
    '0044 7700900019',
    'order #',
    'ISBN #',
    'UTR #',
    '/#',
    '#/',
    '#_',
    '_#',
    'a#',
    '#b',
    '1#',
    '#1',
    '1.#',
    '#.5',
    '#.pdf',
    '#@example.org',
    'https://example.org/?nhs=#',
    'A1-#',
    '#-1',
    '£#',
  ])('%s is no number of a patient, whatever is spoken of nearby', (text) => {
    expect(inText(`The patient's NHS record. ${text.replace('#', live())}`).identifiers.nhsNumber).toBeUndefined();
  });

  it.each([
    'call 7700900000 about patient #',
    'phone 01865 123456, NHS number #',
    'Order 12345 for patient #',
    'Telephone:\nNHS No: #',
    'Discussed on the phone. Patient #',
    'Invoice for patient #',
  ])('%s names a patient beside a number of another kind', (text) => {
    expect(inText(text.replace('#', live())).identifiers.nhsNumber?.high).toBe(1);
  });

  it('is one and the same in whatever way it is written', () => {
    const number = live();
    expect(inText(`NHS no ${number}, ${grouped(number, ' ')}, ${grouped(number, '-')}`).identifiers).toEqual({
      nhsNumber: oneIn('high'),
    });
  });

  it('gets nothing from words in another part', () => {
    const detector = createDetector();
    detector.text('NHS number');
    detector.part('next');
    detector.text(live());
    expect(detector.finish().identifiers).toEqual({ nhsNumber: oneIn('low') });
  });

  it.each([
    [9, 'low'],
    [10, 'high'],
  ] as const)('in a list of %i is %s', (count, tier) => {
    expect(inText(manyOf(count, live).join('\n')).identifiers.nhsNumber).toEqual(counts({ [tier]: count }));
  });

  it.each([
    [7, 'high'],
    [5, 'low'],
  ] as const)('in a list of which %i of 10 pass is %s', (tenths, tier) => {
    const numbers = manyOf(40, (index) => (index % 10 < tenths ? live() : '9991234567'));
    expect(inText(numbers.join('\n')).identifiers.nhsNumber).toEqual(counts({ [tier]: 4 * tenths }));
  });

  it('gains nothing from patients spoken of when its neighbours fail the check as random numbers do', () => {
    const numbers = manyOf(30, (index) => (index % 10 === 0 ? live() : '9991234567'));
    expect(inText(`patients ${numbers.join(' ')}`).identifiers.nhsNumber).toEqual(counts({ low: 3 }));
  });
});

describe('numbers of other countries of the United Kingdom', () => {
  it.each([
    ['CHI number: N', scottish, 'chi', 'high'],
    ['Community Health Index N', scottish, 'chi', 'high'],
    ['patient N', scottish, 'chi', 'medium'],
    ['N', scottish, 'chi', 'low'],
    ['H&C number N', northern, 'hscNumber', 'high'],
    ['Health and Care Number N', northern, 'hscNumber', 'high'],
    ['patient N', northern, 'hscNumber', 'medium'],
    ['N', northern, 'hscNumber', 'low'],
  ] as const)('%s (%o)', (text, make, kind, tier) => {
    expect(inText(text.replace(/N$/, make())).identifiers).toEqual({ [kind]: oneIn(tier) });
  });

  it('does not take for one what begins with no date', () => {
    expect(inText(`CHI number ${scottish('3102')} ${scottish('0013')}`).identifiers).toEqual({});
  });

  it('puts back the nought that a spreadsheet drops from a CHI number', () => {
    const rows = manyOf(3, () => ['Example', scottish().slice(1)]);
    expect(inTable([['Name', 'CHI'], ...rows]).identifiers).toEqual({ chi: counts({ high: 3 }) });
    expect(inTable([['Name', 'Count'], ...rows]).identifiers).toEqual({});
  });
});

describe('a number in a table', () => {
  it.each([
    'NHSNumber',
    'NHS No',
    'NHS Number',
    'nhs_number',
    'NHS',
    'IDPatient',
    'Patient ID',
    'PatientNHSNumber',
    'NHS No.',
  ])('is certain under %s', (heading) => {
    expect(
      inTable([
        ['Name', heading],
        ['Example', live()],
        ['Example', grouped(live(), ' ')],
      ]).identifiers,
    ).toEqual({
      nhsNumber: counts({ high: 2 }),
    });
  });

  it.each(['Phone', 'Mobile number', 'Order no', 'Patient phone', 'ISBN', 'Invoice', 'Account number'])(
    'is none under %s',
    (heading) => {
      expect(inTable([['NHS No', heading], ...manyOf(20, () => ['', live()])]).identifiers).toEqual({});
    },
  );

  it('is judged by the headings above it, past a title and in a second table below', () => {
    const rows = [
      ['Report of the ward'],
      ['Name', 'NHS No', 'Phone'],
      ['A', live(), live()],
      ['', ''],
      ['Phone', 'Name', 'NHS No'],
      [live(), 'A', live()],
    ];
    expect(inTable(rows).identifiers.nhsNumber).toEqual(counts({ high: 2 }));
  });

  it('keeps its heading through rows without numbers', () => {
    const rows = [
      ['Name', 'NHS No', 'Note'],
      ['A', '', 'Patient, by phone'],
      ['Phone', '', 'Order'],
      ['A', live(), 'x'],
    ];
    expect(inTable(rows).identifiers).toEqual({ nhsNumber: oneIn('high') });
  });

  it('is read from a label to its left, and from text in a cell', () => {
    expect(
      inTable([
        ['NHS number', live()],
        ['Phone', live()],
        ['x', `NHS no ${live()}`],
      ]).identifiers,
    ).toEqual({ nhsNumber: counts({ high: 2 }) });
  });

  it.each([
    [4, 'low', 'Sheet1', ['Name', 'DOB', 'Postcode', 'Key']],
    [5, 'high', 'Sheet1', ['Name', 'DOB', 'Postcode', 'Key']],
    [5, 'low', 'Sheet1', ['Name', 'DOB', 'Town', 'Key']],
    [5, 'high', 'SRPatient', ['A', 'B', 'C', 'Key']],
    [10, 'high', 'Sheet1', ['A', 'B', 'C', 'Key']],
  ] as const)('of %i rows is %s in %s with %j', (count, tier, part, headings) => {
    const rows = manyOf(count, () => ['Ann', '1980-02-03', 'x', live()]);
    expect(inTable([[...headings], ...rows], {}, part).identifiers.nhsNumber).toEqual(counts({ [tier]: count }));
  });

  it.each([
    ['="N"', 1],
    ["'N", 1],
    ['N.0', 1],
    ['N.00', 1],
    [' N ', 1],
    ['4.01E+09', 0],
    ['4.010000000E+09', 0],
    ['NE', 0],
  ] as const)('written %s by a spreadsheet counts %i', (form, count) => {
    expect(inTable([['NHS No'], [form.replace('N', live())]]).identifiers.nhsNumber?.high ?? 0).toBe(count);
  });

  it('is exact where a spreadsheet kept all digits', () => {
    const number = live();
    expect(inTable([['NHS No'], [`${number[0]}.${number.slice(1)}E+09`], [number]]).identifiers).toEqual({
      nhsNumber: oneIn('high'),
    });
  });

  it('is judged by itself in the ten-thousandth column', () => {
    expect(inTable([[...manyOf(10_000, () => 'x'), live(), `NHS no ${live()}`]]).identifiers.nhsNumber).toEqual(
      counts({ high: 1, low: 1 }),
    );
  });
});

describe('other identifiers', () => {
  it.each([
    ['NI number: AB123456C', 'niNumber', 'high'],
    ['National Insurance AB 12 34 56 C', 'niNumber', 'high'],
    ['AB123456C', 'niNumber', 'medium'],
    ['ab 12 34 56 c, nino', 'niNumber', 'high'],
    ['QQ 12 34 56 A', 'niNumber', 'test'],
    ['Address: OX1 1AA', 'postcode', 'medium'],
    ['in OX1 1AA today', 'postcode', 'low'],
    ['EC1A1BB', 'postcode', 'low'],
    ['GIR 0AA', 'postcode', 'low'],
    ['ZZ99 3VZ', 'postcode', 'test'],
    ['DOB: 03/02/1980', 'dateOfBirth', 'medium'],
    ['born on 3 February 1980', 'dateOfBirth', 'medium'],
    ['Date of birth 1980-02-03', 'dateOfBirth', 'medium'],
  ] as const)('%s', (text, kind, tier) => {
    expect(inText(text).identifiers).toEqual({ [kind]: oneIn(tier) });
  });

  it.each([
    'DA123456C',
    'AO123456C',
    'GB123456C',
    'TN123456C',
    'ZZ123456C',
    'AB123456E',
    'AB12345C',
    'AB1234567C',
    'XAB123456C',
    'order AB123456C',
    'OX1 1CA',
    'QX1 1AA',
    'AJ1 1AA',
    'ox1 1aa',
    'OX1 1AAA',
    'A1 11A',
    'on 03/02/1980',
    'DOB 31/02/1980',
    'DOB 1880-02-03',
    'seen 3 March 1980',
  ])('%s is none', (text) => {
    expect(inText(text).identifiers).toEqual({});
  });

  it('counts one birthday written in three ways once, in its column', () => {
    const rows = [
      ['Born', 'x'],
      ['03/02/1980', ''],
      ['1980-02-03', ''],
      ['3 Feb 1980', ''],
    ];
    expect(inTable(rows).identifiers).toEqual({ dateOfBirth: oneIn('medium') });
  });

  it('never lets birthdays and postcodes reach a band', () => {
    const rows = manyOf(100, (index) => [
      'Ann Example',
      `19${String(index).padStart(2, '0')}-02-03`,
      `OX1 ${index % 10}AA`,
    ]);
    const found = inTable([['Name', 'Date of birth', 'Postcode'], ...rows]);
    expect(found).toMatchObject({
      identifiers: { dateOfBirth: { high: 0, medium: 100 }, postcode: { high: 0, medium: 10 } },
      band: 'none',
    });
  });
});

describe('references of the site', () => {
  const localReferences = [
    { name: 'case', pattern: 'L-##@?', words: ['case number'] },
    { name: 'plain', pattern: 'ab####' },
  ];
  it.each([
    ['case number L-12a9', { high: 1 }],
    ['L-12AB', { medium: 1 }],
    ['l-12xx and L-12XX', { medium: 1 }],
    ['AB1234', { medium: 1 }],
    ['xL-12ab, L-12abc, L-1a22, AB12345, zab1234', undefined],
  ] as const)('%s', (text, expected) => {
    expect(inText(text, { localReferences }).identifiers.localReference).toEqual(expected && counts(expected));
  });

  it('are certain under a heading of their own', () => {
    expect(
      inTable(
        [
          ['Name', 'Case Number'],
          ['A', 'L-12a9'],
        ],
        { localReferences },
      ).identifiers,
    ).toEqual({ localReference: oneIn('high') });
  });
});

describe('the findings', () => {
  const sixty = [['NHS No'], ...manyOf(60, (index) => [madeNumber(random, `999${String(index).padStart(3, '0')}`)])];

  it('shows numbers that are never issued and lets them make a band in a drill only', () => {
    expect(inTable(sixty)).toMatchObject({ identifiers: { nhsNumber: { high: 0, test: 60 } }, band: 'none' });
    expect(inTable(sixty, { drill: true })).toMatchObject({
      identifiers: { nhsNumber: { high: 0, test: 60 } },
      band: '50-99',
    });
  });

  it('lets only those of a drill make a band that would if they were issued', () => {
    expect(inText('9993100005', { drill: true })).toMatchObject({
      identifiers: { nhsNumber: { test: 1 } },
      band: 'none',
    });
  });

  it('adds up people of three countries and does not add their insurance numbers to them', () => {
    const rows = [
      ['NHS No', 'CHI', 'HCN', 'NI no'],
      ...manyOf(4, (index) => [live(), scottish(), northern(), `AB12345${index}A`]),
    ];
    const found = inTable(rows);
    expect(found.band).toBe('10-49');
    expect(found.identifiers.niNumber).toEqual(counts({ high: 4 }));
  });

  it('stops counting at fifty thousand and says so', () => {
    const detector = createDetector();
    detector.row(['NHS No']);
    for (let index = 0; index < 60_000; index += 1) detector.row([madeNumber(random, '4')]);
    const found = detector.finish();
    expect(found).toMatchObject({ atLeast: true, band: '500+', identifiers: { nhsNumber: counts({ high: 50_000 }) } });
  });

  it('gives the same digest to the same person in two files, another with another key, and no number', () => {
    const person = live();
    const digests = (text: string, key: string) => {
      const detector = createDetector();
      detector.text(text);
      detector.finish();
      return detector.digests(Buffer.from(key));
    };
    const [first] = digests(`NHS no ${person}`, 'monday');
    expect(digests(`patient ${grouped(person, ' ')} and ${live()}`, 'monday')).toContain(first);
    expect(digests(`NHS no ${person}`, 'tuesday')).not.toContain(first);
    expect(first).toMatch(/^[\w-]{11}$/);
    expect(digests(person, 'monday')).toEqual([]);
  });
});

describe('detectors of one maker', () => {
  it('know the references of their own file, not those of the file before', () => {
    const make = detectorMaker();
    const hospital = { name: 'hospital', pattern: 'A######', words: ['hospital no'] };
    const found = (localReferences: (typeof hospital)[]) => {
      const detector = make({ localReferences });
      detector.text('Hospital No: A123456, and NHS number: ');
      detector.text(live());
      return detector.finish().identifiers;
    };
    const nhsNumber = oneIn('high');
    expect(found([hospital])).toMatchObject({ localReference: expect.anything(), nhsNumber });
    expect(found([])).toEqual({ nhsNumber });
    expect(found([hospital])).toMatchObject({ localReference: expect.anything(), nhsNumber });
  });
});
