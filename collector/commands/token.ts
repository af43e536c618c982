import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { answer, type Json, withStore } from './context.ts';

export function defineToken(program: Command): void {
  program
    .command('token')
    .description('enrolment tokens')
    .command('create')
    .description('make an enrolment code')
    .option('--note <text>', 'what it is for')
    .option('--uses <count>', 'computers it may enrol', wholeNumber, 1)
    .option('--days <count>', 'days it is valid', wholeNumber, 7)
    .option('--json', 'as JSON')
    .action(create);
}

function wholeNumber(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`"${text}" is not a whole number from 1.`);
  return count;
}

interface Create extends Json {
  note?: string;
  uses: number;
  days: number;
}

async function create({ note, uses, days, json }: Create): Promise<void> {
  const { createToken, tokenLimits } = await import('../gateway/tokens.ts');
  const { checkEnrolment } = await import('../transparency/go-live.ts');
  const { loadCertificate } = await import('../gateway/certificate.ts');
  if (uses > tokenLimits.uses || days > tokenLimits.days) {
    throw new UsageError(
      `A token enrols at most ${tokenLimits.uses} computers and lives at most ${tokenLimits.days} days.`,
    );
  }
  const now = systemClock.now();
  const code = await withStore(async (store, home) => {
    await checkEnrolment(store, uses, now);
    const { fingerprint } = await loadCertificate(home, now);
    return enrolmentCode(await createToken(store, now, { note: note ?? null, uses, days }), fingerprint);
  }, false);
  const text = `${code}\nIt enrols ${computersWords(uses)} and is valid for ${daysWords(days)}. It is not shown again.`;
  print(answer(json, { code }, () => text));
}

function computersWords(uses: number): string {
  return uses === 1 ? 'one computer' : `${uses} computers`;
}

function daysWords(days: number): string {
  return days === 7 ? 'a week' : days === 1 ? 'a day' : `${days} days`;
}
