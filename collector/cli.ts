import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, homeFolder, portNumber, print, runProgram } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { isEventKind } from '#shared/events/kinds.ts';
import { makeLog } from '#shared/logging.ts';
import { severities } from '#shared/policy/schema.ts';
import { productVersion } from '#shared/version.ts';
import { defineAccount } from './commands/account.ts';
import { defineApproval } from './commands/approval.ts';
import { defineAudit } from './commands/audit.ts';
import { defineBackup } from './commands/backup.ts';
import { defineCode } from './commands/code.ts';
import { defineComputer } from './commands/computer.ts';
import { collectorFolder, type Json, withStore } from './commands/context.ts';
import { defineDisclosure } from './commands/disclosure.ts';
import { defineExport } from './commands/export.ts';
import { defineIncident } from './commands/incident.ts';
import { defineMedia } from './commands/media.ts';
import { defineNotices } from './commands/notices.ts';
import { definePeople } from './commands/people.ts';
import { definePolicy } from './commands/policy.ts';
import { defineRelease } from './commands/release.ts';
import { defineReport } from './commands/report.ts';
import { defineRetention } from './commands/retention.ts';
import { defineToken } from './commands/token.ts';
import { defineVersions } from './commands/versions.ts';
import { createHome, openHome, type ProfileName, profileNames } from './home.ts';
import type { Verified } from './store/verify.ts';

export async function main(argv: string[]): Promise<void> {
  await runProgram('portcullis-collector', 'Receives, stores and shows what the agents report.', argv, define);
}

function define(program: Command): void {
  program.version(productVersion());
  const profile = new Option('--profile <name>', 'policy profile').choices(profileNames).default('focus');
  program
    .command('init')
    .description('set up a collector in PORTCULLIS_HOME')
    .addOption(profile)
    .option('--organisation <name>', 'name shown in the console; default: that of the profile')
    .action(init);
  program
    .command('serve')
    .description('run the collector until told to stop')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .action(serve);
  program
    .command('start')
    .description('try everything out: a collector here, and an agent that watches this computer')
    .addOption(profile)
    .action(start);
  defineToken(program);
  defineAccount(program);
  defineAudit(program);
  defineNotices(program);
  definePeople(program);
  definePolicy(program);
  defineMedia(program);
  defineApproval(program);
  defineCode(program);
  defineComputer(program);
  defineExport(program);
  defineDisclosure(program);
  defineIncident(program);
  defineRetention(program);
  defineBackup(program);
  defineReport(program);
  defineRelease(program);
  defineVersions(program);
  program.command('computers').description('enrolled computers').option('--json', 'as JSON').action(computers);
  program
    .command('events')
    .description('stored events, in the order of their numbers')
    .option('--computer <id>', 'only this computer: its id or host name')
    .option('--kind <kind>', 'only this kind, for example media.attached')
    .option('--since <time>', 'only from this time on, for example 2026-11-21T09:00:00Z')
    .option('--json', 'as a JSON list, one event a line')
    .action(events);
  program
    .command('alerts')
    .description('alerts, newest first')
    .addOption(new Option('--severity <level>', 'only this severity').choices(severities))
    .addOption(new Option('--state <state>', 'only this state').choices(['open', 'acknowledged', 'closed']))
    .option('--json', 'as JSON')
    .action(alerts);
  program
    .command('verify')
    .description('prove that no stored event was changed, removed or added')
    .option('--computer <id>', 'only this computer: its id or host name')
    .option('--json', 'as JSON')
    .action(verify);
}

function init({ profile, organisation }: { profile: ProfileName; organisation?: string }): void {
  const name = organisation ?? { focus: 'focus', ccg: 'NHS West Essex CCG' }[profile];
  const made = createHome(collectorFolder(), { profile, organisation: name });
  print(
    made
      ? `Set up in ${collectorFolder()} with profile ${profile}.`
      : `${collectorFolder()} is set up already; nothing was changed.`,
  );
}

async function serve({ host }: { host: string }): Promise<void> {
  const { startCollector } = await import('./main.ts');
  const log = makeLog(process.env.PORTCULLIS_LOG ?? 'info', undefined);
  const collector = await startCollector({
    home: openHome(collectorFolder()),
    clock: systemClock,
    log,
    host,
    port: portNumber(process.env),
  });
  if (collector.firstSignIn) {
    const { username, password } = collector.firstSignIn;
    process.stderr.write(`First sign-in, shown this once: ${username} / ${password}\n`);
  }
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await collector.stop();
}

async function start({ profile }: { profile: ProfileName }): Promise<void> {
  init({ profile });
  const { startHere } = await import('./start.ts');
  await startHere({
    home: homeFolder(process.env),
    port: portNumber(process.env),
    environment: process.env,
    clock: systemClock,
    print,
  });
}

async function computers({ json }: Json): Promise<void> {
  const { listComputers, computersText } = await import('./register/computers-report.ts');
  const list = await withStore(listComputers);
  print(json ? JSON.stringify(list, null, 2) : computersText(list, systemClock.now()));
}

async function events(options: { computer?: string; kind?: string; since?: string } & Json): Promise<void> {
  const { kind, computer } = options;
  if (kind !== undefined && !isEventKind(kind))
    throw new UsageError(`"${kind}" is no kind of event. See the console's page "What is recorded".`);
  const since = options.since === undefined ? undefined : Date.parse(options.since);
  if (Number.isNaN(since)) throw new UsageError(`"${options.since}" is no time. It looks like 2026-11-21T09:00:00Z.`);
  const { printEvents } = await import('./store/events-report.ts');
  await withStore((store) => printEvents(store, { computer, kind, since }, options.json ?? false, print));
}

async function alerts({ severity, state, json }: { severity?: string; state?: string } & Json): Promise<void> {
  const { listAlerts, alertsText } = await import('./alerting/alerts-report.ts');
  const list = await withStore((store) => listAlerts(store, { severity, state }));
  print(json ? JSON.stringify(list, null, 2) : alertsText(list));
}

async function verify({ computer, json }: { computer?: string } & Json): Promise<void> {
  const { verifyStore, verificationText } = await import('./store/verify.ts');
  const progress = process.stderr.isTTY ? (text: string) => process.stderr.write(`\r${text}\u001b[K`) : () => undefined;
  const verified = await withStore((store) => verifyStore(store, computer, progress));
  progress('');
  print(json ? JSON.stringify(verified, null, 2) : verificationText(verified));
  if (computer === undefined) await noteVerified(verified);
  if (!verified.holds) process.exitCode = exitStatus.foundOrRefused;
}

/** For the health page. A store that cannot be written, such as a copy, was verified all the same. */
async function noteVerified(verified: Verified): Promise<void> {
  const { noteUpkeep } = await import('./store/upkeep.ts');
  const { verifyUpkeep } = await import('./store/verify.ts');
  await withStore((store) => noteUpkeep(store, verifyUpkeep(verified, systemClock.now())), false).catch(
    () => undefined,
  );
}
