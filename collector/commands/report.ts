import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print, progress } from '#shared/command-line.ts';
import { PortcullisError, UsageError } from '#shared/errors.ts';
import { openHome } from '../home.ts';
import type { Format } from '../reports/rendered.ts';
import type { MadeFiles } from '../reports/reports.ts';
import { openStore } from '../store/database.ts';
import { answer, collectorFolder, columns, dayOf, doing, type Json, withStore } from './context.ts';

const formats = ['pdf', 'html', 'csv', 'json'] as const;

export function defineReport(program: Command): void {
  const report = program.command('report').description('reports and the assurance pack; what is issued is kept');
  report
    .command('make <name>', { isDefault: true })
    .description('make a report: state-of-security, incidents, asset-register, licence-register, encryption, …')
    .option('--from <day>', 'first day of the period, for example 2026-11-01')
    .option('--to <day>', 'last day of the period')
    .addOption(new Option('--format <format>', 'form; default: by the ending of the file, or pdf').choices(formats))
    .option('--out <file>', 'file to write; - prints html, csv or json')
    .action(make);
  report
    .command('pack')
    .description('make the assurance pack: one ZIP without a name of a person; default: the last twelve months')
    .option('--from <day>', 'first day of the period')
    .option('--to <day>', 'last day of the period')
    .option('--out <file>', 'file to write')
    .action((options: Making) => make('assurance-pack', options));
  report
    .command('list')
    .description('reports that were issued, the newest first')
    .option('--json', 'as JSON')
    .action(list);
  report
    .command('get <id>')
    .description('write a report again as it was issued')
    .addOption(new Option('--format <format>', 'form').choices([...formats, 'zip']).default('pdf'))
    .requiredOption('--out <file>', 'file to write; - prints html, csv or json')
    .action(get);
}

interface Making {
  from?: string;
  to?: string;
  format?: (typeof formats)[number];
  out?: string;
}

async function make(name: string, options: Making): Promise<void> {
  const { askableNamed, makeFiles, packName } = await import('../reports/reports.ts');
  const { issueReport } = await import('../reports/issued.ts');
  askableNamed(name);
  const format = name === packName ? 'zip' : formatOf(options);
  const now = systemClock.now();
  const period = await periodOf(options, now);
  const made = await reading((store, organisation) =>
    makeFiles(store, { name, organisation, period, now }, { progress }),
  );
  progress('');
  const file = made.files.find((one) => one.format === format);
  if (!file) throw new UsageError(`This report is not made as ${format}.`);
  const out = options.out ?? `${name}-${new Date(now).toISOString().slice(0, 10)}.${format}`;
  write(out, file, options.out === undefined);
  const by = `command by ${doing().by}`;
  const id = await withStore((store) => issueReport(store, made, { now, accountId: null, by }), false);
  if (out !== '-') print(`${made.title}: ${out}, kept as issued under ${id}.`);
}

/** Read with a connection that only reads, so that the collector goes on storing meanwhile. */
async function reading(
  work: (store: ReturnType<typeof openStore>['store'], organisation: string) => Promise<MadeFiles>,
) {
  const home = openHome(collectorFolder());
  const { store, close } = openStore(home.store, { readOnly: true });
  try {
    return await work(store, home.settings.organisation);
  } finally {
    await close();
  }
}

function formatOf({ format, out }: Making): Format {
  if (format) return format;
  const ending = extname(out ?? '').slice(1);
  return formats.find((one) => one === ending) ?? 'pdf';
}

async function periodOf({ from, to }: Making, now: number) {
  if (from === undefined && to === undefined) return null;
  if (from === undefined || to === undefined) throw new UsageError('A period needs --from and --to.');
  const { readPeriod } = await import('../reports/period.ts');
  return readPeriod(from, to, now);
}

/** @param isOurName a file that nobody named is not written over another */
function write(out: string, { format, bytes }: { format: Format; bytes: Uint8Array }, isOurName: boolean): void {
  if (out === '-') {
    if (format === 'pdf' || format === 'zip')
      throw new UsageError('Only html, csv and json can be printed; name a file.');
    print(Buffer.from(bytes).toString('utf8').trimEnd());
    return;
  }
  try {
    writeFileSync(out, bytes, { flag: isOurName ? 'wx' : 'w' });
  } catch (cause) {
    const says = isOurName
      ? 'It may be there already; name another with --out.'
      : 'Is there such a folder, and may you write there?';
    throw new PortcullisError('notWritten', `${out} could not be written. ${says}`, { cause });
  }
}

async function list({ json }: Json): Promise<void> {
  const { listIssued } = await import('../reports/issued.ts');
  const { askables } = await import('../reports/reports.ts');
  const rows = await withStore((store) =>
    listIssued(
      store,
      askables.map(({ name }) => name),
    ),
  );
  const text = () =>
    columns(
      rows.map((row) => [
        row.id,
        dayOf(row.issued_at),
        row.asked_by,
        row.title,
        row.files.map(({ format }) => format).join(' '),
      ]),
    );
  print(answer(json, rows, text));
}

async function get(id: string, { format, out }: { format: Format; out: string }): Promise<void> {
  const { issuedFile } = await import('../reports/issued.ts');
  const file = await withStore((store) => issuedFile(store, id, format));
  if (!file)
    throw new PortcullisError('noSuchReport', 'No report was issued under this id in this form. See "report list".');
  write(out, file, false);
}
