import type { Command } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import { withStore } from './context.ts';

export function defineAccount(program: Command): void {
  program.command('unlock <username>').description('let a locked account sign in again').action(unlock);
}

async function unlock(username: string): Promise<void> {
  const { unlockAccount } = await import('../accounts/accounts.ts');
  await withStore((store) => unlockAccount({ store, clock: systemClock }, username), false);
  print('The account can sign in again.');
}
