import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { answer, type Json, withStore } from './context.ts';

export function defineToken(program: Command): void {
  program
    .command('token')
    .description('enrolment tokens')
    .command('create')
    .description('make a one-time enrolment code')
    .option('--note <text>', 'what it is for')
    .option('--json', 'as JSON')
    .action(create);
}

async function create({ note, json }: { note?: string } & Json): Promise<void> {
  const { createToken } = await import('../gateway/tokens.ts');
  const { loadCertificate } = await import('../gateway/certificate.ts');
  const now = systemClock.now();
  const code = await withStore(async (store, home) => {
    const { fingerprint } = await loadCertificate(home, now);
    return enrolmentCode(await createToken(store, now, note ?? null), fingerprint);
  }, false);
  const text = `${code}\nIt enrols one computer and is valid for a week. It is not shown again.`;
  print(answer(json, { code }, () => text));
}
