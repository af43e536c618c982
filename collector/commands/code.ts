import { type Command, Option } from 'commander';
import { print } from '#shared/command-line.ts';
import { type CodeMinutes, codeMinutes, spoken } from '#shared/policy/code.ts';
import { rightNames } from '#shared/policy/decision.ts';
import { reportBreakGlass } from '../approvals/break-glass-events.ts';
import { breakGlassText } from '../approvals/break-glass-text.ts';
import { cancelCode, type ListedCode, listCodes, makeOneTimeCode } from '../approvals/codes.ts';
import { readRights } from './approval.ts';
import { answer, type By, columns, dayOf, doing, type Json, withStore } from './context.ts';

const durations = new Map(codeMinutes.map((minutes) => [durationName(minutes), minutes]));

function durationName(minutes: CodeMinutes): string {
  if (minutes < 60) return `${minutes}m`;
  return minutes < 1440 ? `${minutes / 60}h` : `${minutes / 1440}d`;
}

interface MakeOptions extends By, Json {
  computer: string;
  challenge: string;
  duration: string;
  rights: string;
  reason: string;
  approver: string;
  wholeComputer?: boolean;
}

export function defineCode(program: Command): void {
  const code = program.command('code').description('one-time codes for a computer that cannot be reached');
  code
    .command('make')
    .description('make the code for a challenge that was read out')
    .requiredOption('--computer <id>', 'id or host name of the computer')
    .requiredOption('--challenge <text>', 'the eight characters read out, for example 7K3M-9QXV')
    .addOption(
      new Option('--duration <time>', 'how long it holds, from when it is typed in')
        .choices([...durations.keys()])
        .makeOptionMandatory(),
    )
    .requiredOption('--rights <list>', `all, or some of ${rightNames.join(',')}`)
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--approver <name>', 'who agreed')
    .option('--whole-computer', 'break-glass: everything on the computer, for eight hours at most, with an alarm')
    .option('--by <name>', 'who makes it; default: your account')
    .option('--json', 'as JSON')
    .action(make);
  code
    .command('cancel')
    .argument('<code>', 'its challenge or id')
    .description('take a code back; it ends when the computer is online again')
    .option('--by <name>', 'who does it; default: your account')
    .option('--json', 'as JSON')
    .action(cancel);
  code
    .command('report')
    .argument('<challenge>', 'of the code for the whole computer')
    .description('what happened while break-glass held: who, which devices, what the policy would have denied')
    .option('--json', 'as JSON')
    .action(report);
  code.command('list').description('codes that were made').option('--json', 'as JSON').action(list);
}

async function make(options: MakeOptions): Promise<void> {
  const { computer, challenge, approver, reason, by, json } = options;
  const grant = {
    scope: options.wholeComputer ? ('computer' as const) : ('device' as const),
    rights: readRights(options.rights),
    minutes: durations.get(options.duration) ?? 15,
  };
  const made = await withStore(
    (store) => makeOneTimeCode(store, { computer, challenge, grant, approver, reason }, doing({ by })),
    false,
  );
  print(
    answer(
      json,
      made,
      () => `${made.code}\nFor ${made.hostname}. It serves once, and its time begins when it is typed in.`,
    ),
  );
}

async function cancel(reference: string, { by, json }: By & Json): Promise<void> {
  await withStore((store) => cancelCode(store, reference, doing({ by })), false);
  print(answer(json, { cancelled: true }, () => 'Cancelled. It ends when the computer is online again.'));
}

async function report(challenge: string, { json }: Json): Promise<void> {
  const found = await withStore((store) => reportBreakGlass(store, challenge));
  print(answer(json, found, () => breakGlassText(found)));
}

async function list({ json }: Json): Promise<void> {
  const codes = await withStore((store) => listCodes(store));
  print(answer(json, codes, () => listText(codes)));
}

function listText(codes: readonly ListedCode[]): string {
  if (codes.length === 0) return 'No code was made yet.';
  return columns(
    codes.map(({ challenge, hostname, grant, approver, created_at, redeemed_at, cancelled_at }) => [
      spoken(challenge),
      hostname ?? '',
      `${grant.scope === 'computer' ? 'BREAK-GLASS ' : ''}${grant.rights.join(',')} ${durationName(grant.minutes)}`,
      `made ${dayOf(created_at)} for ${approver}`,
      redeemed_at === null ? 'not used yet' : `used ${dayOf(redeemed_at)}`,
      cancelled_at === null ? '' : `cancelled ${dayOf(cancelled_at)}`,
    ]),
  );
}
