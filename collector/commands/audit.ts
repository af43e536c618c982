import type { Command } from 'commander';
import { exitStatus, print } from '#shared/command-line.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

export function defineAudit(program: Command): void {
  const audit = program.command('audit').description('what people did and saw in the console');
  audit
    .command('verify')
    .description('prove that no entry was changed, removed or added between others')
    .option('--head <head>', 'head that was printed before: proves too that nothing up to it was cut off at the end')
    .option('--json', 'as JSON')
    .action(verify);
  audit
    .command('list')
    .description('the newest entries')
    .option('--most <number>', 'so many of them', '100')
    .option('--json', 'as JSON')
    .action(list);
}

async function verify({ head, json }: { head?: string } & Json): Promise<void> {
  const { auditVerificationText, verifyAudit } = await import('../accounts/audit-chain.ts');
  const verified = await withStore((store) => verifyAudit(store, head));
  print(answer(json, verified, () => auditVerificationText(verified)));
  if (!verified.holds) process.exitCode = exitStatus.foundOrRefused;
}

async function list({ most, json }: { most: string } & Json): Promise<void> {
  const { listAudit } = await import('../accounts/audit-list.ts');
  const number = Math.min(10_000, Math.max(1, Number.parseInt(most, 10) || 100));
  const rows = await withStore((store) => listAudit(store, { organisations: 'all' }, {}, number));
  const text = () =>
    columns(
      rows.map((row) => [
        dayOf(row.at),
        row.who ?? '',
        row.action,
        row.objectName ?? row.object ?? '',
        row.detail ?? '',
      ]),
    );
  print(answer(json, rows, text));
}
