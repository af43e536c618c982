import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { RetentionLogTable } from '../store/retention-tables.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

export function defineRetention(program: Command): void {
  const retention = program.command('retention').description('what is past its time, and what was done about it');
  retention
    .command('run')
    .description('remove now what the policy in force keeps no longer')
    .option('--json', 'as JSON')
    .action(run);
  retention.command('log').description('what was removed').option('--json', 'as JSON').action(log);
}

async function run({ json }: Json): Promise<void> {
  const { currentPolicy } = await import('../policies/policies.ts');
  const { runRetention } = await import('../retention/retention.ts');
  const done = await withStore(async (store) => {
    const policy = await currentPolicy(store);
    if (!policy) throw new PortcullisError('noPolicy', 'No policy has been published yet, so nothing is removed.');
    return runRetention(store, policy, systemClock);
  }, false);
  print(answer(json, done, () => logText(done)));
}

async function log({ json }: Json): Promise<void> {
  const { retentionLog } = await import('../retention/retention.ts');
  const rows = await withStore((store) => retentionLog(store, 1000));
  print(answer(json, rows, () => (rows.length === 0 ? 'Nothing was removed yet.' : logText(rows))));
}

function logText(rows: readonly RetentionLogTable[]): string {
  const heads = ['when', 'what', 'older than', 'removed', 'held'];
  return columns([
    heads,
    ...rows.map(({ at, what, before, removed, held }) => [dayOf(at), what, dayOf(before), `${removed}`, `${held}`]),
  ]);
}
