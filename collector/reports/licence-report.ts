import { dayInWords, sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import { listSoftware, type TitleRow } from '../register/software-list.ts';
import { facts, framed, listed } from './frame.ts';
import { presentBasis } from './present.ts';
import type { ReportKind, Table } from './report.ts';

/** Installs against seats (focus 4.3), and how every title stands. */
export const licenceReport: ReportKind = {
  name: 'licence-register',
  title: 'Software and licence register',
  about:
    'Every title with its installs against the seats held, how it was decided, and when its licence and support end (focus 4.3).',
  readers: ['ict-analyst', 'ict-administrator', 'head-of-business-and-governance', 'auditor'],
  async make({ store, now, organisation, isPack, mask }) {
    const basis = await presentBasis(store, now);
    const all = { column: 'name', direction: 'asc', page: 1, size: Number.MAX_SAFE_INTEGER } as const;
    const { rows } = await listSoftware(store, {}, now, all);
    const table = licenceTable(rows, isPack, mask);
    const title = 'Software and licence register';
    const withSeats = rows.filter(({ seats }) => seats !== null);
    const body: Block[] = [
      { kind: 'heading', level: 2, text: 'Licences' },
      facts(
        basis,
        'software.titles',
        'software.installs',
        'licences.held',
        'licences.short',
        'licences.over',
        'licences.ended',
      ),
      ...listed('Installs against seats', seatTable(withSeats, mask)),
      { kind: 'heading', level: 2, text: 'Titles' },
      facts(
        basis,
        'software.approved',
        'software.tolerated',
        'software.build',
        'software.undecided',
        'software.disallowed',
        'software.toleranceOver',
        'software.unsupported',
      ),
      ...listed('Titles that need a decision or are past their day', printed(rows.filter(needsSomething), mask)),
      ...listed('All titles', printed(rows, mask)),
    ];
    const unknown = ['Whether a title without seats on record needs a licence: nobody has written it down.'];
    return {
      title,
      dataAsOf: now,
      blocks: framed({ title, organisation, period: null, now, basis, body, unknown }),
      table,
      data: {
        titles: table.rows.map((row) => Object.fromEntries(table.columns.map((name, place) => [name, row[place]]))),
      },
    };
  },
};

function overOf({ installs, seats }: TitleRow): number {
  return seats === null ? 0 : Math.max(0, installs - seats);
}

function needsSomething({ state }: TitleRow): boolean {
  return state === 'disallowed' || state === 'tolerance-over' || state === 'undecided' || state === 'unsupported';
}

function licenceTable(rows: readonly TitleRow[], isPack: boolean, mask: (text: string) => string): Table {
  const people = isPack ? [] : ['publisher', 'licence'];
  return {
    columns: [
      'title',
      'source',
      'installs',
      'seats',
      'above the seats',
      'licence ends',
      'stands as',
      'unsupported since',
      ...people,
    ],
    rows: rows.map((row) => [
      mask(row.name),
      row.source,
      `${row.installs}`,
      row.seats === null ? '' : `${row.seats}`,
      row.seats === null ? '' : `${overOf(row)}`,
      row.licence_ends ?? '',
      row.state,
      row.unsupported_since ?? '',
      ...(isPack ? [] : [row.publisher ?? '', row.licence ?? '']),
    ]),
  };
}

function seatTable(rows: readonly TitleRow[], mask: (text: string) => string): Table {
  return {
    columns: ['Title', 'Installs', 'Seats', 'Above the seats', 'Licence ends'],
    rows: rows.map((row) => [
      mask(row.name),
      `${row.installs}`,
      `${row.seats ?? ''}`,
      `${overOf(row)}`,
      row.licence_ends === null ? 'not recorded' : dayInWords(row.licence_ends),
    ]),
  };
}

function printed(rows: readonly TitleRow[], mask: (text: string) => string): Table {
  return {
    columns: ['Title', 'Source', 'Installs', 'Stands as'],
    rows: rows.map((row) => [mask(row.name), row.source, `${row.installs}`, sentence(row.state)]),
  };
}
