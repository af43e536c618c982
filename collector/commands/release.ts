import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, print } from '#shared/command-line.ts';
import type { ListedRollOut, RollOutStep } from '../updates/roll-outs.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

interface AddOptions extends Json {
  notes: string;
  rollBack?: boolean;
  reportWithin: number;
}
interface StartOptions extends Json {
  groups?: string;
  percent: number;
  failures: number;
}

/** Releases of the agent. Nothing is offered to a computer before a roll-out is started. */
export function defineRelease(program: Command): void {
  const group = program.command('release').description('releases of the agent, and rolling them out to computers');
  group
    .command('add')
    .argument('<file>', 'bundle made by "npm run package -- agent-release"')
    .description('take a bundle into the home, and sign it. Nobody is offered it before "release start"')
    .option('--notes <text>', 'what it brings, for people', '')
    .option('--roll-back', 'it may take the place of a newer version')
    .option('--report-within <seconds>', 'time an agent has to report after it took it', whole, 600)
    .option('--json', 'as JSON')
    .action(add);
  group.command('list').description('releases, newest first').option('--json', 'as JSON').action(list);
  group
    .command('start')
    .argument('<release>', 'its version or id')
    .description('offer a release to computers')
    .option('--groups <list>', 'only to computers of these groups, with commas')
    .option('--percent <share>', 'only to so many of a hundred', whole, 100)
    .option('--failures <count>', 'pause by itself when more computers than these failed', whole, 2)
    .option('--json', 'as JSON')
    .action(start);
  group
    .command('status')
    .description('how far roll-outs have come. Status 1: one that runs or was paused has failures')
    .option('--json', 'as JSON')
    .action(status);
  group
    .command('widen')
    .argument('<roll-out>', 'its id')
    .argument('<percent>', 'so many of a hundred', whole)
    .description('offer it to more computers')
    .action(widen);
  for (const step of ['pause', 'resume', 'stop'] as const) {
    group
      .command(step)
      .argument('<roll-out>', 'its id')
      .description(stepWords[step])
      .action((id: string) => take(id, step));
  }
}

const stepWords = {
  pause: 'offer it to nobody until it is resumed',
  resume: 'go on; failures so far count no more',
  stop: 'offer it to nobody any more. Who has it keeps it',
};

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

const doer = () => ({ by: userInfo().username, accountId: null, now: systemClock.now() });

async function add(file: string, { notes, rollBack, reportWithin, json }: AddOptions): Promise<void> {
  const { addRelease } = await import('../updates/releases.ts');
  const added = await withStore(
    (store, home) =>
      addRelease(
        { store, home: home.folder, organisation: home.settings.organisation, signer: home.policySigner },
        { file, notes, rollBack: rollBack ?? false, reportWithin, ...doer() },
      ),
    false,
  );
  const { id, version, platform, arch, sha256, size } = added;
  print(
    answer(json, { id, version, platform, arch, sha256, size }, () =>
      [
        `Release ${version} for ${platform} ${arch} is here and signed.`,
        `Offer it with: portcullis-collector release start ${version} --percent 10`,
      ].join('\n'),
    ),
  );
}

async function list({ json }: Json): Promise<void> {
  const { listReleases } = await import('../updates/releases.ts');
  const releases = await withStore(listReleases);
  const text = () =>
    releases.length === 0
      ? 'There is no release. Add one with "portcullis-collector release add FILE".'
      : columns(
          releases.map(({ version, platform, arch, roll_back, added_at, added_by, notes, id }) => [
            version,
            `${platform} ${arch}`,
            roll_back === 1 ? 'way back' : '',
            `${dayOf(added_at)} by ${added_by}`,
            id,
            notes,
          ]),
        );
  print(answer(json, releases, text));
}

async function start(reference: string, { groups, percent, failures, json }: StartOptions): Promise<void> {
  const { findRelease } = await import('../updates/releases.ts');
  const { startRollOut } = await import('../updates/roll-outs.ts');
  const names = groups?.split(',').map((word) => word.trim()) ?? [];
  const plan = { groups: names, percent, mostFailures: failures };
  const started = await withStore(async (store) => {
    const release = await findRelease(store, reference);
    return { id: await startRollOut(store, release, plan, doer()), version: release.version };
  }, false);
  print(answer(json, started, () => `Version ${started.version} is offered now: roll-out ${started.id}.`));
}

async function status({ json }: Json): Promise<void> {
  const { listRollOuts } = await import('../updates/roll-outs.ts');
  const found = await withStore(listRollOuts);
  const text = () => (found.length === 0 ? 'Nothing was ever rolled out.' : found.map(rollOutText).join('\n'));
  print(answer(json, found, text));
  if (found.some(({ state, counts }) => state !== 'stopped' && counts.failed > 0))
    process.exitCode = exitStatus.foundOrRefused;
}

function rollOutText({ id, version, state, percent, groups, because, counts, troubles }: ListedRollOut): string {
  const { offered, updated, failed, unsupported } = counts;
  const among = groups.length === 0 ? 'all computers' : groups.join(', ');
  return [
    `${version}  ${state}  ${percent} % of ${among}  ${id}${because === null ? '' : `  ${because}`}`,
    `  ${updated} updated, ${failed} failed, ${offered} under way, ${unsupported} cannot`,
    ...troubles.map(({ hostname, state: word, reason }) => `  ${hostname}: ${word}, ${reason ?? ''}`),
  ].join('\n');
}

async function widen(id: string, percent: number): Promise<void> {
  const { widenRollOut } = await import('../updates/roll-outs.ts');
  await withStore((store) => widenRollOut(store, id, percent, doer()), false);
  print(`It is offered to ${percent} of a hundred computers now.`);
}

async function take(id: string, step: RollOutStep): Promise<void> {
  const { stepRollOut } = await import('../updates/roll-outs.ts');
  await withStore((store) => stepRollOut(store, id, step, doer()), false);
  print(`The roll-out is ${{ pause: 'paused', resume: 'going on', stop: 'stopped' }[step]}.`);
}
