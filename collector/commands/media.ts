import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { print } from '#shared/command-line.ts';
import { encryptionOwners } from '#shared/device/facts.ts';
import { changeMedium, issueMedium, listMedia, type Medium, type MediumToIssue } from '../register/media.ts';
import { importMedia, mediaColumns } from '../register/media-import.ts';
import { readMoment } from '../register/moment.ts';
import { answer, type By, columns, dayOf, doing, type Json, withStore } from './context.ts';

export function defineMedia(program: Command): void {
  const media = program.command('media').description('the register of issued sticks and disks');
  by(media.command('issue'))
    .description('hand a medium out')
    .requiredOption('--serial <number>', 'serial number, as the device gives it')
    .requiredOption('--holder <name>', 'who has it')
    .requiredOption('--approver <name>', 'who agreed')
    .option('--vendor-id <hex>', 'four hexadecimal digits of the maker')
    .option('--product-id <hex>', 'four hexadecimal digits of the product')
    .option('--label <text>', 'what is written on it')
    .addOption(new Option('--encrypted-by <whom>', 'whose key it is').choices(encryptionOwners))
    .option('--expires <day>', 'last day it may be used, for example 2026-12-31')
    .action(issue);
  by(media.command('import'))
    .argument('<file>', 'CSV file')
    .description(`issue every medium of a CSV file, or none; columns: ${mediaColumns.join(', ')}`)
    .action(importFile);
  for (const [verb, state, about] of changes) {
    by(media.command(verb))
      .argument('<medium>', 'its id or serial number')
      .description(about)
      .action((medium: string, options: By & Json) => change(medium, state, options));
  }
  media
    .command('list')
    .description('all media, in the order they were issued')
    .option('--json', 'as JSON')
    .action(list);
}

const changes = [
  ['lost', 'lost', 'write a medium down as lost: an alarm wherever it is seen next'],
  ['return', 'returned', 'write a medium down as given back'],
  ['retire', 'retired', 'write a medium down as destroyed'],
] as const;

function by(command: Command): Command {
  return command
    .option('--by <name>', 'who does it; default: your account')
    .option('--note <text>', 'why')
    .option('--json', 'as JSON');
}

type IssueOptions = Omit<MediumToIssue, 'expiresAt'> & { expires?: string } & By & Json;

async function issue(options: IssueOptions): Promise<void> {
  const { expires, by: person, note, json, vendorId, productId, ...rest } = options;
  const medium: MediumToIssue = {
    ...rest,
    ...(vendorId !== undefined && { vendorId: vendorId.toLowerCase() }),
    ...(productId !== undefined && { productId: productId.toLowerCase() }),
    ...(expires !== undefined && { expiresAt: readMoment(expires, 'end') }),
  };
  const id = await withStore(
    (store) => store.transaction().execute((tx) => issueMedium(tx, medium, doing({ by: person, note }))),
    false,
  );
  print(answer(json, { id }, () => `Issued as ${id}.`));
}

async function importFile(file: string, options: By & Json): Promise<void> {
  const text = readFileSync(file, 'utf8');
  const issued = await withStore((store) => importMedia(store, text, doing(options)), false);
  print(answer(options.json, { issued }, () => `${issued} media issued.`));
}

async function change(reference: string, state: (typeof changes)[number][1], options: By & Json): Promise<void> {
  const medium = await withStore(
    (store) => store.transaction().execute((tx) => changeMedium(tx, reference, state, doing(options))),
    false,
  );
  print(answer(options.json, medium, () => `${medium.serial} is ${medium.state}.`));
}

async function list({ json }: Json): Promise<void> {
  const media = await withStore((store) => listMedia(store));
  print(answer(json, media, () => listText(media)));
}

function listText(media: readonly Medium[]): string {
  if (media.length === 0) return 'No medium was issued yet.';
  return columns(
    media.map(({ serial, state, holder, label = '', expiresAt, id }) => {
      const until = expiresAt === undefined ? '' : `until ${dayOf(expiresAt)}`;
      return [serial, state, holder, label, until, id];
    }),
  );
}
