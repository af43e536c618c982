import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, homeFolder, print, progress, runProgram } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Stopper } from '#shared/events/agent.ts';
import { readIfThere } from '#shared/files.ts';
import { makeLog } from '#shared/logging.ts';
import type { RightName } from '#shared/policy/decision.ts';
import { productVersion } from '#shared/version.ts';
import { putAsideFormerIdentity } from './former-identity.ts';
import { agentHome, closeHome } from './home.ts';
import { type Identity, newNameKey, readIdentity, writeIdentity } from './identity.ts';
import { doorOf, runFolder, runFolderToAsk } from './local/address.ts';
import { policyKeeper } from './policy/keeper.ts';
import { coverageNow, coverageText, statusOf, statusText } from './status.ts';
import { unsupported } from './watchers/watcher.ts';

const switchedOff = 'The agent was started with --no-enforcement.';

interface Json {
  json?: boolean;
}

export async function main(argv: string[]): Promise<void> {
  await runProgram('portcullis-agent', 'Watches this computer and reports to the collector.', argv, define);
}

const home = () => agentHome(join(homeFolder(process.env), 'agent'));

function define(program: Command): void {
  program.version(productVersion());
  program
    .command('run')
    .description('watch until told to stop')
    .option('--log <file>', 'write the log to FILE instead of standard output')
    .option('--no-enforcement', 'decide and record only, whatever the policy says: this computer is not changed')
    .option('--stop-with-input', 'stop when standard input closes, so as never to outlive who started it')
    .action(run);
  program
    .command('enrol')
    .description('make this computer known to a collector')
    .requiredOption('--collector <url>', 'address of the collector, for example https://collector.example:8443')
    .requiredOption('--code <code>', 'one-time enrolment code from "portcullis-collector token create"')
    .option(
      '--authority <file>',
      'certificate of the authority that vouches for the collector, instead of pinning its certificate',
    )
    .option('--replace', 'give up the identity this computer has')
    .action(enrol);
  program
    .command('status')
    .description('how the agent is doing, and how far behind')
    .option('--json', 'as JSON')
    .action(status);
  program
    .command('coverage')
    .description('what is watched on this computer, and what cannot be')
    .option('--json', 'as JSON')
    .action(coverage);
  program
    .command('code')
    .description('one-time codes: shows what is connected and the challenge to read out, and takes the code')
    .option('--device <id>', 'only show the challenge for this device; "*": for the whole computer')
    .option('--code <code>', 'only redeem this code')
    .option('--json', 'as JSON, without questions')
    .action(code);
  program
    .command('release')
    .description('undo what an agent that died was enforcing, so that devices work as if it had never run')
    .option('--remove-data', 'also remove what it kept: identity, spool and policy')
    .option('--json', 'as JSON')
    .action(release);
  program
    .command('decide')
    .description('what a policy says of a device; nothing is done')
    .requiredOption('--policy <file>', 'policy in YAML')
    .requiredOption('--device <file>', 'facts of the device in JSON')
    .option('--json', 'as JSON')
    .action(decide);
  program
    .command('scan')
    .description('count identifiers of people in files; only counts are told. Exit status 1: there is a certain one')
    .argument('<path...>', 'files and folders; links in folders are not followed')
    .addOption(
      new Option('--profile <name>', 'the thresholds and references of a policy profile').choices(['focus', 'ccg']),
    )
    .option('--drill', 'count numbers of the test range in the bands')
    .option('--json', 'as JSON, with every file')
    .action(scan);
  program
    .command('collect')
    .description(
      'write what this computer says of its devices into a file for tests of Portcullis, without names, serial numbers, users and files. Nothing is sent',
    )
    .option('--out <file>', 'the file; without it one in this folder, named by the day')
    .option('--json', 'as JSON: the file, and what could not be had')
    .action(collect);
  program
    .command('inventory')
    .description('hardware and operating system of this computer')
    .option('--json', 'as JSON')
    .action(inventory);
}

async function run(options: { log?: string; stopWithInput?: boolean; enforcement: boolean }): Promise<void> {
  // Heard from the beginning: a host may close it while the agent still starts.
  const told = toldToStop(options.stopWithInput ?? false);
  await closeHome(home());
  await enrolAsInstallerWasTold();
  const { startAgent } = await import('./main.ts');
  const { inspectorMaker } = await import('./identifiers/make-inspector.ts');
  const { currentPlatform } = await import('./platform/current.ts');
  const identity = readIdentity(home().identity);
  const log = makeLog(process.env.PORTCULLIS_LOG ?? 'info', options.log);
  const platform = await currentPlatform({
    nameKey: Buffer.from(identity.nameKey, 'base64url'),
    ...(options.stopWithInput && { hostInput: process.stdin }),
    isService: process.env.INVOCATION_ID !== undefined,
  });
  const base = process.env.PORTCULLIS_LAUNCHER;
  const agent = await startAgent({
    home: home(),
    identity,
    platform: options.enforcement ? platform : { ...platform, enforcement: unsupported(switchedOff) },
    clock: systemClock,
    log,
    version: productVersion(),
    proxyEnv: process.env,
    makeInspector: inspectorMaker(platform.os, systemClock),
    runFolder: runFolder(homeFolder(process.env), process.env),
    ...(base !== undefined && { updates: { base, restart: (because) => told.stop(because, 'update') } }),
    programFolder: fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, ''),
  });
  if (options.stopWithInput) process.stdin.resume();
  const { because, by } = await told.stopped;
  await agent.stop(because, by ?? (await platform.stopper()));
}

interface Told {
  because: string;
  /** Absent: the platform has to be asked. */
  by?: Stopper;
}

function toldToStop(withInput: boolean): { stopped: Promise<Told>; stop(because: string, by: Stopper): void } {
  const { promise, resolve } = Promise.withResolvers<Told>();
  for (const because of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(because, () => resolve({ because }));
  if (withInput) process.stdin.once('close', () => resolve({ because: 'standard input closed' }));
  return { stopped: promise, stop: (because, by) => resolve({ because, by }) };
}

async function enrol(options: {
  collector: string;
  code: string;
  authority?: string;
  replace?: boolean;
}): Promise<void> {
  if (readIfThere(home().identity) !== undefined && !options.replace) {
    throw new PortcullisError(
      'alreadyEnrolled',
      'This computer is enrolled already. Add --replace to give that identity up.',
    );
  }
  await closeHome(home());
  const identity = await becomeKnown(
    options.collector,
    options.code,
    options.authority === undefined ? undefined : readFileSync(options.authority, 'utf8'),
  );
  print(`Enrolled with ${identity.organisation} as ${identity.computerId}.`);
}

async function becomeKnown(url: string, code: string, authority?: string): Promise<Identity> {
  const { enrol: exchange } = await import('./uplink/enrol.ts');
  const { identity, policy } = await exchange({
    url,
    code,
    hostname: hostname(),
    version: productVersion(),
    proxyEnv: process.env,
    ...(authority !== undefined && { authority }),
  });
  putAsideFormerIdentity(home(), systemClock.now());
  policyKeeper(home().policy, identity.collector.key, identity.organisation).accept(policy);
  writeIdentity(home().identity, identity);
  return identity;
}

/**
 * On Windows an installer that was pushed leaves the code for the first run, which may be long before there is a network.
 * A code for a computer that is known already is of no use, and removed unread.
 */
async function enrolAsInstallerWasTold(): Promise<void> {
  const { currentSystem } = await import('./platform/current.ts');
  if (currentSystem() !== 'windows') return;
  const { openRegistry } = await import('./platform/windows/registry.ts');
  const { forgetInstallersWord, installersWord } = await import('./first-enrolment.windows.ts');
  const registry = openRegistry();
  if (readIfThere(home().identity) === undefined) {
    const word = installersWord(registry);
    if (!word) return;
    await becomeKnown(word.collector, word.code);
  }
  forgetInstallersWord(registry);
}

function status({ json }: Json): void {
  const seen = statusOf(home(), readIdentity(home().identity));
  print(json ? JSON.stringify(seen, null, 2) : statusText(seen, systemClock.now()));
  if (!seen.running) process.exitCode = exitStatus.foundOrRefused;
}

async function coverage({ json }: Json): Promise<void> {
  const { currentPlatform } = await import('./platform/current.ts');
  const platform = await currentPlatform({ nameKey: Buffer.from(newNameKey(), 'base64url') });
  const list = await coverageNow(home(), platform, systemClock);
  print(json ? JSON.stringify(list, null, 2) : coverageText(list));
}

async function decide({ policy, device, json }: { policy: string; device: string } & Json): Promise<void> {
  const { decideFromFiles } = await import('#shared/policy/decide-command.ts');
  const answer = decideFromFiles(readFileSync(policy, 'utf8'), readFileSync(device, 'utf8'), systemClock.now());
  const { rights, ruleId, mode, wouldHave, trace } = answer;
  const lines = [
    `${ruleId} decides (${mode}).`,
    ...Object.entries(rights).map(
      ([right, verdict]) => `${right}: ${verdict}${verdictNote(verdict, wouldHave?.[right as RightName])}`,
    ),
    ...trace.map((step) => `  ${step.tier} ${step.ruleId}: ${step.result}. ${step.because}`),
  ];
  print(json ? JSON.stringify(answer, null, 2) : lines.join('\n'));
}

function verdictNote(verdict: string, wouldHave: string | undefined): string {
  return wouldHave === undefined || wouldHave === verdict ? '' : `, and ${wouldHave} if it were enforced`;
}

async function code(options: { device?: string; code?: string } & Json): Promise<void> {
  const { codeCommand } = await import('./local/code-command.ts');
  const { currentSystem } = await import('./platform/current.ts');
  const { createInterface } = await import('node:readline/promises');
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  try {
    await codeCommand({
      door: doorOf(runFolderToAsk(homeFolder(process.env), process.env), currentSystem()),
      ...options,
      json: options.json ?? false,
      print,
      question: terminal && ((text) => terminal.question(text)),
    });
  } finally {
    terminal?.close();
  }
}

async function release({ json, removeData = false }: { removeData?: boolean } & Json): Promise<void> {
  const { currentPlatform } = await import('./platform/current.ts');
  const { release: restore } = await import('./release.ts');
  const platform = await currentPlatform({ nameKey: Buffer.from(newNameKey(), 'base64url') });
  const done = await restore(home(), platform, systemClock, { removeData });
  const says = done.released ? 'The former state is restored.' : 'Nothing was being enforced.';
  print(json ? JSON.stringify(done) : `${says}${done.dataRemoved ? ' What the agent kept is removed.' : ''}`);
}

async function scan(paths: string[], options: { profile?: 'focus' | 'ccg'; drill?: boolean } & Json): Promise<void> {
  const { scan: scanFiles } = await import('./scan/command.ts');
  const { foundHigh, scanText } = await import('./scan/report.ts');
  const { currentSystem } = await import('./platform/current.ts');
  const { json, ...settings } = options;
  const report = await scanFiles({ paths, ...settings, os: currentSystem(), clock: systemClock, progress });
  print(json ? JSON.stringify(report) : scanText(report));
  if (foundHigh(report)) process.exitCode = exitStatus.foundOrRefused;
}

async function collect({ out, json }: { out?: string } & Json): Promise<void> {
  const { makeCapture, writeCapture } = await import('./collect/command.ts');
  const { gatherHere } = await import('./collect/current.ts');
  const { currentSystem } = await import('./platform/current.ts');
  const file = out ?? `portcullis-capture-${new Date(systemClock.now()).toISOString().slice(0, 10)}.zip`;
  const options = { gather: () => gatherHere(systemClock), os: currentSystem(), version: productVersion() };
  const { zip, manifest } = await makeCapture({ ...options, clock: systemClock });
  writeCapture(file, zip);
  const { files, missing } = manifest;
  const says = `${file}: ${files.length} files. Nothing was sent; README.txt inside says what it holds and what was taken out.`;
  print(json ? JSON.stringify({ file, bytes: zip.length, files: files.length, missing }) : says);
}

async function inventory({ json }: Json): Promise<void> {
  const { currentPlatform } = await import('./platform/current.ts');
  const { inventory: read } = await currentPlatform({ nameKey: Buffer.from(newNameKey(), 'base64url') });
  if (typeof read !== 'function') throw new PortcullisError('unsupported', read.unsupported);
  const look = await read();
  if (!look.ok) throw new PortcullisError(look.error.code, look.error.says);
  const { disks, ...rest } = look.seen;
  if (json) print(JSON.stringify(look.seen, null, 2));
  else
    print(
      [...Object.entries(rest), ...disks.map((disk) => ['disk', JSON.stringify(disk)])]
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    );
}
