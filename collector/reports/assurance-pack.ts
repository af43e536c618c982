import { type BundleFile, bundle } from '../documents/bundle.ts';
import type { Block } from '../documents/pdf.ts';
import { writeCsv } from '../register/csv.ts';
import { countIds, isFigure, stateIds } from './figure-list.ts';
import { type Figures, figuresOf } from './figures.ts';
import { figureTable, figureText, framed } from './frame.ts';
import { figuresIn, filled, frameworkWords, type Mapping, type MappingLine, shippedMapping } from './frameworks.ts';
import { dayOf, type Period, periodWords } from './period.ts';
import { rendered } from './rendered.ts';
import type { MadeReport, ReportContext, ReportKind, Table } from './report.ts';

/** What goes into the pack, told but not drawn yet. */
export interface PackContents {
  cover: MadeReport;
  reports: { name: string; made: MadeReport }[];
  plain: BundleFile[];
}

/**
 * Everything for an assurance return: the mapping to frameworks with texts to paste, every report, the figures. No name of
 * a person is in it.
 * @param context with `isPack` and a mask
 */
export async function packContents(
  context: ReportContext & { period: Period },
  kinds: readonly ReportKind[],
): Promise<PackContents> {
  const { store, now, period } = context;
  const figures = await figuresOf(store, period, now);
  const mapping = shippedMapping();
  const reports: PackContents['reports'] = [];
  for (const kind of kinds) {
    // A report without a period of its own shows how things are.
    reports.push({ name: kind.name, made: await kind.make({ ...context, period: kind.usual ? period : null }) });
  }
  const plain = [
    { name: 'figures.csv', content: csvOf(figureTable(figures, [...stateIds, ...countIds])) },
    { name: 'summaries.txt', content: summaries(mapping, figures) },
  ];
  return { cover: coverOf(context, figures, mapping), reports, plain };
}

interface Drawing {
  organisation: string;
  now: number;
  progress(text: string): void;
}

/** One dated ZIP with a manifest. @param progress told each report before it is drawn */
export async function packZip({ cover, reports, plain }: PackContents, parts: Drawing): Promise<Uint8Array> {
  const files: BundleFile[] = [...(await filesOf('assurance-pack', cover, parts)), ...plain];
  for (const { name, made } of reports) {
    parts.progress(made.title);
    files.push(...(await filesOf(`reports/${name}`, made, parts)));
  }
  const folder = `assurance-pack-${dayOf(parts.now)}`;
  return bundle(
    files.map(({ name, content }) => ({ name: `${folder}/${name}`, content })),
    parts.now,
  );
}

async function filesOf(
  name: string,
  made: MadeReport,
  parts: { organisation: string; now: number },
): Promise<BundleFile[]> {
  return (await rendered(made, parts)).map(({ format, bytes }) => ({ name: `${name}.${format}`, content: bytes }));
}

function csvOf({ columns, rows }: Table): string {
  return writeCsv(columns, rows);
}

function coverOf(
  { organisation, period, now }: ReportContext & { period: Period },
  figures: Figures,
  mapping: Mapping,
): MadeReport {
  const title = `Assurance pack, ${periodWords(period)}`;
  const table = mappingTable(mapping, figures);
  return {
    title,
    dataAsOf: figures.dataAsOf,
    blocks: framed({ title, organisation, period, now, basis: figures, body: mappingBlocks(mapping, figures) }),
    table,
    data: {
      period,
      ...figures,
      heard: figures.heard.length,
      mapping: table.rows.map((row) => Object.fromEntries(table.columns.map((name, place) => [name, row[place]]))),
    },
  };
}

const markWords: Readonly<Record<MappingLine['mark'], string>> = {
  confirmed: 'read at the source',
  'third-party': 'as third parties describe the item; check its words in the portal',
  unconfirmed: 'not confirmed; check the item’s words in the portal before you quote them',
};

function mappingBlocks({ lines, checked }: Mapping, figures: Figures): Block[] {
  const families = (Object.keys(frameworkWords) as MappingLine['framework'][]).flatMap((framework): Block[] => [
    { kind: 'heading', level: 2, text: frameworkWords[framework] },
    ...lines.filter((line) => line.framework === framework).flatMap((line) => lineBlocks(line, figures)),
  ]);
  const says = `What the figures answer, item by item. The items are told in our own words, and were last checked on ${checked}. Cyber Essentials asks for no encryption of removable media; nothing here is evidence for it.`;
  return [{ kind: 'paragraph', text: says }, ...families, ...figureBlocks(figures)];
}

function lineBlocks(line: MappingLine, figures: Figures): Block[] {
  return [
    { kind: 'heading', level: 3, text: line.item },
    { kind: 'paragraph', text: line.asks },
    { kind: 'paragraph', text: filled(line.says, figures) },
    {
      kind: 'paragraph',
      text: `Not shown: ${filled(line.limits, figures)} Mapping: ${markWords[line.mark]}. See: ${line.evidence.join(', ')}.`,
    },
  ];
}

function figureBlocks(figures: Figures): Block[] {
  const { rows } = figureTable(figures, [...stateIds, ...countIds]);
  const heading: Block = { kind: 'heading', level: 2, text: 'All figures' };
  const printed = rows.map(([id = '', meaning = '', , source = '']) => [
    meaning,
    isFigure(id) ? figureText(figures, id) : '',
    source,
  ]);
  return [
    heading,
    { kind: 'table', title: 'Figures and what they rest on', columns: ['Figure', 'Number', 'Rests on'], rows: printed },
  ];
}

function mappingTable({ lines }: Mapping, figures: Figures): Table {
  return {
    columns: ['framework', 'item', 'asks', 'text', 'not shown', 'mapping', 'figures', 'evidence'],
    rows: lines.map((line) => [
      frameworkWords[line.framework],
      line.item,
      line.asks,
      filled(line.says, figures),
      filled(line.limits, figures),
      line.mark,
      figuresIn(line).join(' '),
      line.evidence.join(' '),
    ]),
  };
}

function summaries({ lines }: Mapping, figures: Figures): string {
  return lines
    .map(
      (line) =>
        `${frameworkWords[line.framework]} · ${line.item}\n${filled(line.says, figures)}\nNot shown: ${filled(line.limits, figures)}\n`,
    )
    .join('\n');
}
