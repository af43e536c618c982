import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { exitStatus, print, progress } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Backup } from '../backup/backup.ts';
import type { Restored } from '../backup/restore.ts';
import type { UpkeepTable } from '../store/register-tables.ts';
import { answer, collectorFolder, dayOf, type Json, withStore } from './context.ts';

export function defineBackup(program: Command): void {
  program
    .command('backup <file>')
    .description('copy the store into a new file and verify it, while the collector goes on')
    .option(
      '--with-keys',
      'with keys, certificate and passwords, too: whoever has the file can speak for this collector',
    )
    .option('--json', 'as JSON')
    .action(backup);
  program
    .command('restore <file>')
    .description('verify a backup and make a collector of it, where there is none')
    .option('--sha256 <hash>', 'as the backup printed it: refuses a file that was changed since')
    .option('--despite-faults', 'restore what does not verify, too, because it is all there is')
    .option('--json', 'as JSON')
    .action(restore);
}

async function backup(file: string, { withKeys = false, json }: { withKeys?: boolean } & Json): Promise<void> {
  const { backupUpkeep, makeBackup } = await import('../backup/backup.ts');
  const now = systemClock.now();
  try {
    const made = await withStore((_store, home) => makeBackup(home, { file, withKeys, now }, showShare('copied')));
    progress('');
    await note(backupUpkeep(made, now));
    print(answer(json, made, () => backupText(made, withKeys)));
    if (made.faults.length > 0) process.exitCode = exitStatus.foundOrRefused;
  } catch (error) {
    progress('');
    if (error instanceof PortcullisError && error.code !== 'fileExists') await note(backupUpkeep(error, now));
    throw error;
  }
}

/** A store that cannot be written, such as one on a full disk, was copied all the same. */
async function note(done: UpkeepTable): Promise<void> {
  const { noteUpkeep } = await import('../store/upkeep.ts');
  await withStore((store) => noteUpkeep(store, done), false).catch(() => undefined);
}

function showShare(what: string): (done: number) => void {
  return (done) => progress(`${Math.floor(done * 100)} % ${what}`);
}

function backupText({ file, bytes, sha256, computers, files, outside, faults }: Backup, withKeys: boolean): string {
  const left = outside.length > 0 ? [`Not in it, because the settings name them elsewhere: ${outside.join(', ')}`] : [];
  const keys = withKeys
    ? ['It holds the keys: keep it where only those may read it who may speak for this collector.']
    : ['It holds no keys. Without a copy of policy-key.pem a restored collector is not believed by any agent.'];
  const verified =
    faults.length === 0
      ? ['Verified: its pages, the chains of its computers, the audit trail.']
      : ['IT DOES NOT HOLD:', ...faults];
  return [
    `${file}: ${bytes.toLocaleString('en-GB')} bytes, ${computers} computers, beside the store: ${files.join(', ')}.`,
    ...verified,
    ...keys,
    ...left,
    `SHA-256, to keep elsewhere: ${sha256}`,
  ].join('\n');
}

interface RestoreOptions extends Json {
  sha256?: string;
  despiteFaults?: boolean;
}

async function restore(file: string, { sha256, despiteFaults = false, json }: RestoreOptions): Promise<void> {
  const { restoreBackup } = await import('../backup/restore.ts');
  const folder = collectorFolder();
  const restored = await restoreBackup({ file, folder, sha256, despiteFaults }, showShare('restored'));
  progress('');
  print(answer(json, restored, () => restoredText(restored, folder)));
  if (restored.faults.length > 0) process.exitCode = exitStatus.foundOrRefused;
}

function restoredText({ organisation, madeAt, computers, withKeys, faults }: Restored, folder: string): string {
  const keys = withKeys
    ? []
    : [`The backup holds no keys. Put policy-key.pem, tls/ and second-factor-key into ${folder} before you start it.`];
  return [
    `${organisation} as of ${dayOf(madeAt)}, ${computers} computers, is now in ${folder}.`,
    ...(faults.length > 0 ? ['IT DOES NOT HOLD:', ...faults] : []),
    ...keys,
    'Computers that enrolled after the backup have to enrol anew. What others had sent since is shown as missing.',
    'Prove the rest with "portcullis-collector verify".',
  ].join('\n');
}
