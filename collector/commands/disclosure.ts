import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isoTime, systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { errorCode, UsageError } from '#shared/errors.ts';
import { answer, columns, type Json, withStore } from './context.ts';

export function defineDisclosure(program: Command): void {
  const group = program.command('disclosure').description('records for somebody with a right to them under the law');
  group
    .command('list')
    .description('the register: every request, what was decided, and the copies made')
    .option('--json', 'as JSON')
    .action(list);
  group
    .command('export')
    .argument('<number>', 'its number in the register')
    .description('make a copy of an approved disclosure; the copy is entered in the register')
    .requiredOption('--out <file>', 'the ZIP to write; not one that is there already')
    .option('--json', 'as JSON')
    .action(copy);
}

async function list({ json }: Json): Promise<void> {
  const { copiesOf, listDisclosures } = await import('../exports/disclosures.ts');
  const rows = await withStore(async (store) =>
    Promise.all(
      (await listDisclosures(store)).map(async ({ secret: _, ...row }) => ({
        ...row,
        copies: await copiesOf(store, row.id),
      })),
    ),
  );
  const text = () =>
    rows.length === 0
      ? 'Nothing was ever asked for.'
      : columns(
          rows.map(({ number, state, asked, prepared_at, copies }) => [
            String(number),
            state,
            isoTime(prepared_at).slice(0, 10),
            asked.requester,
            asked.reference,
            `${copies.length} copies`,
          ]),
        );
  print(answer(json, rows, text));
}

async function copy(number: string, { out, json }: { out: string } & Json): Promise<void> {
  const { listDisclosures, noteCopy } = await import('../exports/disclosures.ts');
  const { disclosureBundle } = await import('../exports/disclosure-bundle.ts');
  const made = await withStore(async (store, home) => {
    const found = (await listDisclosures(store)).find((one) => String(one.number) === number);
    if (!found) throw new UsageError(`There is no disclosure ${number}. "disclosure list" shows those there are.`);
    const { zip, sha256, events } = await disclosureBundle(store, home.settings.organisation, found);
    const entry = { disclosure_id: found.id, at: systemClock.now(), by: null, sha256, bytes: zip.length, events };
    write(out, zip);
    await noteCopy(store, entry);
    return { number: found.number, file: out, sha256, bytes: zip.length, events };
  }, false);
  print(answer(json, made, () => `${made.events} events written to ${out}, SHA-256 ${made.sha256}.`));
}

function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new UsageError(`${file} is there already. Name a new file.`);
    throw error;
  }
}
