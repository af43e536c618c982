import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { exitStatus, print } from '#shared/command-line.ts';
import { errorCode, PortcullisError, UsageError } from '#shared/errors.ts';
import { answer, columns, dayOf, doing, type Json, withStore } from './context.ts';

export function defineIncident(program: Command): void {
  const incident = program.command('incident').description('incidents, their reports and their evidence');
  incident.command('list').description('all of them, newest first').option('--json', 'as JSON').action(list);
  incident
    .command('show')
    .argument('<number>', 'for example INC-2026-0007')
    .description('one incident, as its report says it')
    .option('--json', 'as JSON')
    .action(show);
  incident
    .command('export')
    .argument('<number>', 'for example INC-2026-0007')
    .description('everything about an incident as one file that proves itself')
    .requiredOption('--to <file>', 'file to write; one that is there is not overwritten')
    .action(exportBundle);
  incident
    .command('verify')
    .argument('<file>')
    .description('prove that an exported incident is as it was written; needs neither a collector nor a network')
    .option('--key <key>', 'public key of the collector, where it is known from elsewhere')
    .option('--json', 'as JSON')
    .action(verify);
}

async function list({ json }: Json): Promise<void> {
  const { allIncidents } = await import('../incidents/incident-list.ts');
  const rows = await withStore((store) => allIncidents(store));
  const text = () =>
    columns(rows.map((row) => [row.number, row.state, dayOf(row.opened_at), dayOf(row.due_at), row.title])) ||
    'There are no incidents.';
  print(
    answer(
      json,
      rows.map(({ frozen: _frozen, ...row }) => row),
      text,
    ),
  );
}

async function show(number: string, { json }: Json): Promise<void> {
  const { incidentRecord } = await import('../incidents/record.ts');
  const { reportBlocks } = await import('../incidents/report.ts');
  const { blocksText } = await import('../documents/blocks-text.ts');
  const record = await withStore(async (store) => incidentRecord(store, await named(store, number), doing().now));
  print(answer(json, { ...record, names: undefined }, () => blocksText(reportBlocks(record))));
}

async function exportBundle(number: string, { to }: { to: string }): Promise<void> {
  const { evidenceBundle } = await import('../incidents/evidence-bundle.ts');
  const { recordAudit } = await import('../accounts/audit.ts');
  const { by, now } = doing();
  const zip = await withStore(async (store, home) => {
    const row = await named(store, number);
    const made = await evidenceBundle(store, row, home.policySigner, now);
    await recordAudit(store, { at: now, accountId: null, action: 'incident.exported', object: row.id, detail: by });
    return made;
  }, false);
  try {
    writeFileSync(to, zip, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const says = errorCode(cause) === 'EEXIST' ? 'is there already and was left as it is' : 'could not be written';
    throw new PortcullisError('notWritten', `The file ${says}.`, { cause });
  }
  print(`${number} was written. Check it with: portcullis-collector incident verify FILE`);
}

async function named(
  store: Parameters<typeof import('../incidents/incident-list.ts').incidentByReference>[0],
  number: string,
) {
  const { incidentByReference } = await import('../incidents/incident-list.ts');
  const row = await incidentByReference(store, number);
  if (!row) throw new PortcullisError('noSuchIncident', 'No incident has this number. "incident list" shows all.');
  return row;
}

async function verify(file: string, { key, json }: { key?: string } & Json): Promise<void> {
  const { bundleText, verifyBundle } = await import('../incidents/verify-bundle.ts');
  let zip: Buffer;
  try {
    zip = readFileSync(file);
  } catch (cause) {
    throw new UsageError(`The file could not be read (${errorCode(cause)}).`);
  }
  const verified = verifyBundle(zip, key);
  print(answer(json, verified, () => bundleText(verified)));
  if (!verified.holds) process.exitCode = exitStatus.foundOrRefused;
}
