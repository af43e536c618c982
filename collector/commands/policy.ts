import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, print } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { adopt } from '#shared/policy/adopt.ts';
import type { LintFinding } from '#shared/policy/lint.ts';
import type { Home } from '../home.ts';
import { connectedDevices } from '../policies/estate.ts';
import { type Format, formats } from '../policies/import/import.ts';
import { type Agreed, enforcingText, publishText, rollBack } from '../policies/life-cycle.ts';
import { lintText } from '../policies/lint-text.ts';
import { listPolicies, type PublishedPolicy, policyVersion } from '../policies/policies.ts';
import type { Replay } from '../policies/replay.ts';
import { draftAgainstCurrent } from '../policies/replay-draft.ts';
import { replayText } from '../policies/replay-text.ts';
import { replayOnAllCores } from '../policies/replay-threads.ts';
import type { Store } from '../store/tables.ts';
import { answer, type By, columns, dayOf, doing, hasStore, type Json, lifeCycle, withStore } from './context.ts';

interface Agreement extends By, Json {
  reason: string;
  approver: string;
}
interface Days {
  days: string;
}

export function definePolicy(program: Command): void {
  const policy = program.command('policy').description('drafts and published versions of the policy');
  policy.command('list').description('published versions, newest first').option('--json', 'as JSON').action(list);
  policy
    .command('show')
    .argument('<version>', 'its number')
    .description('the text of a version')
    .option('--json', 'as JSON')
    .action(show);
  policy
    .command('lint')
    .argument('<file>', 'policy in YAML')
    .description(
      'what a policy surely does not mean: rules never reached, permits under denials, connected devices locked out',
    )
    .option('--json', 'as JSON')
    .action(lint);
  policy
    .command('import')
    .argument('<files...>', 'policy of another product')
    .description('carry the rules of another product over; what cannot be carried is named')
    .addOption(new Option('--from <format>', 'default: told from the file').choices(formats))
    .option('--into <file>', 'write a whole policy: this one, with the imported rules')
    .option('--json', 'as JSON')
    .action(importFiles);
  withDays(policy.command('replay'))
    .argument('<file>', 'policy in YAML')
    .description('who would be newly blocked or allowed, by the events that are stored')
    .option('--json', 'as JSON')
    .action(replayFile);
  agreed(policy.command('publish'))
    .argument('<file>', 'policy in YAML')
    .description('sign a policy and make it the next version')
    .action(publish);
  agreed(policy.command('rollback'))
    .argument('<version>', 'number of the version whose text is to hold again')
    .description('publish an older text as the next version')
    .action(rollback);
  withDays(agreed(policy.command('enforce')))
    .description('publish the text in force with enforcing switched on, after showing who would be blocked')
    .option('--yes', 'publish it; without, only show')
    .action(enforce);
}

function agreed(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--approver <name>', 'who agreed')
    .option('--by <name>', 'who publishes it; default: your account')
    .option('--json', 'as JSON');
}

function withDays(command: Command): Command {
  return command.option('--days <number>', 'how far back the replay goes', '30');
}

function agreement({ reason, approver, by }: Agreement): Agreed {
  return { reason, approver, ...doing({ by }) };
}

async function list({ json }: Json): Promise<void> {
  const versions = await withStore((store) => listPolicies(store));
  print(
    answer(json, versions, () =>
      columns(
        versions.map(({ version, published_at, published_by, approver, reason }) => [
          String(version),
          dayOf(published_at),
          `by ${published_by}${approver === null ? '' : `, agreed by ${approver}`}`,
          reason,
        ]),
      ),
    ),
  );
}

async function show(version: string, { json }: Json): Promise<void> {
  const found = await withStore((store) => policyVersion(store, versionNumber(version)));
  if (!found) throw new UsageError(`There is no version ${version}.`);
  const { policy: _policy, ...rest } = found;
  print(answer(json, rest, () => found.signed.text));
}

function versionNumber(text: string): number {
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1) throw new UsageError(`"${text}" is no version. It is a number.`);
  return version;
}

async function lint(file: string, { json }: Json): Promise<void> {
  const devices = hasStore() ? await withStore((store) => connectedDevices(store)) : [];
  const findings = lintText(readFileSync(file, 'utf8'), { now: systemClock.now(), devices });
  print(answer(json, findings, () => findingsText(file, findings)));
  if (findings.some(({ level }) => level === 'error')) process.exitCode = exitStatus.foundOrRefused;
}

function findingsText(file: string, findings: readonly LintFinding[]): string {
  if (findings.length === 0) return 'Nothing was found.';
  return findings
    .map(({ level, says, mend, line }) => `${file}${line === undefined ? '' : `:${line}`}: ${level}: ${says} ${mend}`)
    .join('\n');
}

async function importFiles(
  names: string[],
  { from, into, json }: { from?: Format; into?: string } & Json,
): Promise<void> {
  const { importPolicy } = await import('../policies/import/import.ts');
  const files = names.map((name) => ({ name: basename(name), text: readFileSync(name, 'utf8') }));
  const { yaml, fragment, notCarriedOver } = importPolicy(files, from);
  const text = into === undefined ? yaml : adopt(readFileSync(into, 'utf8'), fragment);
  const notes = notCarriedOver.map(({ what, where, why }) => `# Not carried over: ${what} (${where}): ${why}`);
  print(answer(json, { yaml: text, notCarriedOver }, () => [...notes, text].join('\n')));
  if (notCarriedOver.length > 0) process.exitCode = exitStatus.foundOrRefused;
}

async function replayFile(file: string, { json, days }: Json & Days): Promise<void> {
  const text = readFileSync(file, 'utf8');
  const found = await withStore((store, home) => replayDraft(store, home, text, days));
  print(answer(json, found, () => replayText(found)));
  if (found.newlyBlocked.length + found.newlyAllowed.length > 0) process.exitCode = exitStatus.foundOrRefused;
}

async function replayDraft(store: Store, home: Home, text: string, days: string): Promise<Replay> {
  const back = Number(days);
  if (!(back > 0)) throw new UsageError('--days is a number above 0.');
  const now = systemClock.now();
  return replayOnAllCores(home.store, await draftAgainstCurrent(store, { text, days: back, now }), now);
}

async function publish(file: string, options: Agreement): Promise<void> {
  const text = readFileSync(file, 'utf8');
  const published = await withStore(
    (store, home) => publishText(lifeCycle(store, home), text, agreement(options)),
    false,
  );
  tellPublished(published, options);
}

async function rollback(version: string, options: Agreement): Promise<void> {
  const published = await withStore(
    (store, home) => rollBack(lifeCycle(store, home), versionNumber(version), agreement(options)),
    false,
  );
  tellPublished(published, options);
}

function tellPublished({ version, sha256 }: PublishedPolicy, { json }: Json): void {
  print(
    answer(json, { version, sha256 }, () => `Version ${version} is published. Agents that are online take it now.`),
  );
}

async function enforce(options: Agreement & Days & { yes?: boolean }): Promise<void> {
  const { json, yes = false, days } = options;
  const { found, published } = await withStore(async (store, home) => {
    const text = await enforcingText(store);
    const seen = await replayDraft(store, home, text, days);
    if (!json) print(replayText(seen));
    const done = yes ? await publishText(lifeCycle(store, home), text, agreement(options)) : undefined;
    return { found: seen, published: done };
  }, false);
  if (json) print(JSON.stringify({ replay: found, published: published?.version ?? null }, null, 2));
  else if (published) tellPublished(published, {});
  else print('Nothing was published. Add --yes to publish it.');
  if (!published) process.exitCode = exitStatus.foundOrRefused;
}
