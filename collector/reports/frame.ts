import { counted, dayInWords, moment, sentence } from '../console/words.ts';
import type { Block } from '../documents/pdf.ts';
import type { CountFigures } from './figure-list.ts';
import {
  type CountFigure,
  type FigureId,
  figureList,
  type StateFigure,
  type StateFigures,
  sourceWords,
} from './figure-list.ts';
import { monthWords, type Period, periodWords } from './period.ts';
import type { Table } from './report.ts';
import type { AreaCount } from './state-figures.ts';

/** What a report's frame is made from: how things stand, and with a period also what came in. */
export interface Basis {
  dataAsOf: number;
  state: StateFigures | null;
  coverage: readonly AreaCount[];
  /** With a period. */
  counts?: CountFigures;
  heard?: readonly number[];
  isClosed?: boolean;
  late?: number;
}

export interface FrameParts {
  title: string;
  organisation: string;
  period: Period | null;
  now: number;
  basis: Basis;
  /** What this report tells, between the head and what is not known. */
  body: readonly Block[];
  /** What only this report does not know; sentences. */
  unknown?: readonly string[];
}

export const notRecorded = 'not recorded';
export const number = (count: number): string => count.toLocaleString('en-GB');

/** One figure in words. A month that nobody looked at while it ended has no state, and that is no nought. */
export function figureText({ state, counts }: Basis, id: FigureId): string {
  const count = state?.[id as StateFigure] ?? counts?.[id as CountFigure];
  return count === undefined ? notRecorded : number(count);
}

/** Figures under their names, for a block of facts. */
export function facts(basis: Basis, ...ids: FigureId[]): Block {
  return { kind: 'facts', rows: ids.map((id) => [figureList[id].label, figureText(basis, id)]) };
}

/** Puts around a report what every one must say. Pure. */
export function framed({ title, organisation, period, now, basis, body, unknown = [] }: FrameParts): Block[] {
  return [
    { kind: 'heading', level: 1, text: title },
    { kind: 'facts', rows: headRows(organisation, period, now, basis) },
    { kind: 'heading', level: 2, text: 'What this report covers' },
    ...coverageBlocks(basis),
    ...body,
    { kind: 'heading', level: 2, text: 'What is not known' },
    { kind: 'list', items: [...unknown, ...unknownOf(basis)] },
    { kind: 'heading', level: 2, text: 'How it was counted' },
    { kind: 'list', items: howCounted(period) },
  ];
}

function headRows(
  organisation: string,
  period: Period | null,
  now: number,
  basis: Basis,
): (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [['Organisation', organisation]];
  if (period) rows.push(['Period', periodWords(period)]);
  rows.push(['Data as of', moment(basis.dataAsOf).words], ['Made on', moment(now).words]);
  if (period) rows.push(['Figures', standingWords(basis)]);
  return rows;
}

function standingWords({ isClosed }: Basis): string {
  return isClosed
    ? 'final: the period is over and its figures are frozen'
    : 'provisional: a part of the period is not frozen yet';
}

function coverageBlocks(basis: Basis): Block[] {
  const { state, heard, coverage } = basis;
  const items = [
    state === null
      ? 'How many computers reported at the end of the period was not recorded: the collector did not count then.'
      : `${counted(state['computers.reported'], 'computer')} of ${number(state['computers.active'])} with an agent reported within the three days before the data were read.`,
    ...(state === null
      ? []
      : [
          `${counted(state['computers.silent'], 'computer')} silent for longer than three days, and ${number(state['computers.never'])} enrolled and never heard of: their part is what they last told, if anything.`,
          `${counted(state['network.unknown'], 'name')} on the network without an agent and without an explanation: nothing is known of what happens there.`,
        ]),
    ...(heard ? [`Events of the period came from ${counted(heard.length, 'computer')}.`] : []),
  ];
  const gaps = coverage.filter(({ watcher, state: how }) => watcher !== 'enforcement' && gapWords[how] !== undefined);
  return [
    { kind: 'list', items },
    {
      kind: 'table',
      title: 'What is not seen, or seen in a poorer way, and why',
      columns: ['What', 'How', 'Computers', 'What escapes'],
      rows: gaps.map(({ watcher, area, state: how, computers, limits }) => [
        `${sentence(watcher)}: ${area}`,
        gapWords[how] ?? '',
        number(computers),
        limits.join(' '),
      ]),
    },
  ];
}

const gapWords: Partial<Record<AreaCount['state'], string>> = {
  failed: 'fails',
  degraded: 'in a poorer way',
  unsupported: 'not possible there',
};

const unknowns: readonly (readonly [StateFigure, (count: number) => string])[] = [
  ['computers.drivesUnknown', (count) => `Whether ${counted(count, 'computer')} are encrypted.`],
  ['media.unknown', (count) => `Whether ${counted(count, 'removable medium', 'removable media')} are encrypted.`],
  ['computers.portableUnknown', (count) => `Whether ${counted(count, 'computer')} are portable.`],
  ['antivirus.unknown', (count) => `Whether an antivirus is at work on ${counted(count, 'computer')}.`],
  ['screen-lock.unknown', (count) => `Whether the screen locks on ${counted(count, 'computer')}.`],
  ['os-support.unknown', (count) => `Whether the system is supported on ${counted(count, 'computer')}.`],
  ['firewall.unknown', (count) => `Whether a firewall is at work on ${counted(count, 'computer')}.`],
];

function unknownOf({ state, counts, late = 0 }: Basis): string[] {
  const lost = counts?.['events.events.lost'] ?? 0;
  return [
    ...unknowns.flatMap(([id, says]) => (state && state[id] > 0 ? [says(state[id])] : [])),
    ...(lost > 0 ? [`What was in events that agents declared as lost, ${counted(lost, 'time')} in the period.`] : []),
    ...(late > 0
      ? [
          `${counted(late, 'event')} of the period arrived after it was frozen, from computers that had been away; they are in no figure here.`,
        ]
      : []),
    'What happened on computers without an agent, and while an agent was not running.',
    'What is in files: agents count identifiers and never send content.',
  ];
}

function howCounted(period: Period | null): string[] {
  return [
    ...(period ? ['Days are those of UTC: in summer a day begins at one in the morning.'] : []),
    'Events are counted on the day of the computer’s clock, or of their arrival when that clock runs ahead.',
    'A thing of which something is not known is counted under “not known”, never with the good ones.',
    `Times are those of the United Kingdom. Each figure of the spreadsheet says what it rests on: ${Object.values(sourceWords).join('; ')}.`,
  ];
}

/** Every figure as a line of a spreadsheet. */
export function figureTable(basis: Basis, ids: readonly FigureId[]): Table {
  return {
    columns: ['figure', 'meaning', 'number', 'rests on'],
    rows: ids.map((id) => [
      id,
      figureList[id].label,
      `${basis.state?.[id as StateFigure] ?? basis.counts?.[id as CountFigure] ?? notRecorded}`,
      sourceWords[figureList[id].source],
    ]),
  };
}

/** Lines printed of a list; the spreadsheet has them all. */
const mostPrinted = 400;

/** A list for print, cut where it would become a book. */
export function listed(title: string, { columns, rows }: Table): Block[] {
  const table: Block = { kind: 'table', title, columns, rows: rows.slice(0, mostPrinted) };
  if (rows.length <= mostPrinted) return [table];
  const says = `The first ${mostPrinted} of ${number(rows.length)} lines; the spreadsheet of this report has them all.`;
  return [table, { kind: 'paragraph', text: says }];
}

/** `Nov 2026`-like words are for charts, whose labels must be short. */
export const shortMonth = (month: string): string => monthWords(month).replace(/^(\w{3})\w*/, '$1');

export const dayWords = (at: number | null): string =>
  at === null ? 'never' : dayInWords(new Date(at).toISOString().slice(0, 10));
