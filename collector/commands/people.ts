import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isoTime, systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { PeoplePlan } from '../register/people-import.ts';
import { answer, columns, type Json, withStore } from './context.ts';

export function definePeople(program: Command): void {
  const people = program.command('people').description('staff, their teams and supervisors');
  people
    .command('import <file>')
    .description('show what a CSV file would change; with --apply, change it')
    .option('--apply', 'change the register as shown')
    .option('--complete', 'the file names everybody: who is not in it leaves today')
    .option('--organisation <name>', 'whose people they are; default: that of this collector')
    .option('--json', 'as JSON')
    .action(importFile);
  people
    .command('export <file>')
    .description('write the register to a CSV file that spreadsheets can open')
    .option('--organisation <name>', 'whose people; default: that of this collector')
    .action(exportFile);
  people
    .command('whose <account>')
    .description('whose name on computers this is, for example FOCUS\\\\pat')
    .option('--json', 'as JSON')
    .action(whose);
}

interface ImportOptions extends Json {
  apply?: boolean;
  complete?: boolean;
  organisation?: string;
}

async function importFile(
  file: string,
  { apply = false, complete = false, organisation, json }: ImportOptions,
): Promise<void> {
  const { importPeople, planPeople } = await import('../register/people-import.ts');
  const text = readFileSync(file, 'utf8');
  const now = systemClock.now();
  const plan = await withStore((store, { settings }) => {
    const whole = {
      organisation: organisation ?? settings.organisation,
      text,
      complete,
      today: isoTime(now).slice(0, 10),
    };
    return apply ? importPeople(store, whole, { accountId: null, now }) : planPeople(store, whole);
  }, !apply);
  print(answer(json, { applied: apply, ...plan }, () => planText(plan, apply)));
}

function planText({ changes, unchanged, notInFile }: PeoplePlan, applied: boolean): string {
  const lines = changes.map(({ kind, reference, name, differences }) => [
    kind,
    reference,
    name,
    differences.map(({ column, from, to }) => `${column}: ${from || '-'} → ${to || '-'}`).join(', '),
  ]);
  const counts = `${changes.length} changes, ${unchanged} unchanged, ${notInFile} not in the file.`;
  const next = applied ? 'Done.' : 'Nothing was changed. Add --apply to change it.';
  return [...(lines.length > 0 ? [columns(lines)] : []), counts, next].join('\n');
}

async function exportFile(file: string, { organisation }: { organisation?: string }): Promise<void> {
  const { peopleCsv } = await import('../register/people-export.ts');
  const text = await withStore((store, { settings }) =>
    peopleCsv(store, { organisations: [organisation ?? settings.organisation], teams: 'all' }),
  );
  writeFileSync(file, text, { mode: 0o600 });
  print(`Written to ${file}.`);
}

async function whose(name: string, { json }: Json): Promise<void> {
  const { personByOsName } = await import('../register/people.ts');
  const person = await withStore((store) => personByOsName(store, name));
  if (!person) throw new PortcullisError('nobody', 'This is nobody in the register of people, or several.');
  print(answer(json, person, () => `${person.name} (${person.reference}), ${person.team || 'no team'}`));
}
