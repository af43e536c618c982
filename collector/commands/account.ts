import { type Command, Option } from 'commander';
import { systemClock } from '#shared/clock.ts';
import { print } from '#shared/command-line.ts';
import type { AccountContext } from '../accounts/accounts.ts';
import { type Role, roles } from '../accounts/roles.ts';
import { answer, columns, dayOf, type Json, withStore } from './context.ts';

export function defineAccount(program: Command): void {
  const account = program.command('account').description('who may sign in to the console');
  account
    .command('create <username>')
    .description('make an account; its first password is printed once')
    .requiredOption('--name <name>', 'name of the person')
    .addOption(new Option('--role <role>', 'what the person does').choices(roles).makeOptionMandatory())
    .option('--organisation <name>', 'the only organisation they see; default: all')
    .option('--json', 'as JSON')
    .action(create);
  account.command('list').description('all accounts').option('--json', 'as JSON').action(list);
  account.command('unlock <username>').description('let a locked account sign in again').action(unlock);
  account
    .command('reset <username>')
    .description('give an account a new password, printed once; its sessions end')
    .option('--second-factor', 'take its second factor away too, for example when the phone was lost')
    .option('--json', 'as JSON')
    .action(reset);
  account.command('disable <username>').description('take an account out of use; its sessions end').action(disable);
  account
    .command('break-glass')
    .description('make the sealed emergency account, or give it a new password; printed once, for an envelope')
    .option('--json', 'as JSON')
    .action(breakGlass);
}

async function withAccounts<T>(work: (context: AccountContext) => Promise<T>): Promise<T> {
  const { passwordHasher } = await import('../accounts/password-hash.ts');
  const { passwordProfile } = await import('../accounts/password-profiles.ts');
  return withStore((store, { passwordProfile: profile, settings }) => {
    const passwords = passwordProfile(profile, settings.organisation);
    return work({ store, clock: systemClock, hasher: passwordHasher(), passwords });
  }, false);
}

function onceText(username: string, password: string): string {
  return `${username} / ${password}\nIt is not shown again.`;
}

async function create(
  username: string,
  options: { name: string; role: Role; organisation?: string } & Json,
): Promise<void> {
  const { createAccount, generatedPassword } = await import('../accounts/passwords.ts');
  const password = await withAccounts(async (context) => {
    const made = await generatedPassword(context.passwords);
    const { name: displayName, role, organisation = null } = options;
    await createAccount(context, {
      username,
      displayName,
      role,
      organisation,
      password: made,
      mustChangePassword: true,
    });
    return made;
  });
  print(answer(options.json, { username, password }, () => onceText(username, password)));
}

async function list({ json }: Json): Promise<void> {
  const { listAccounts } = await import('../accounts/accounts.ts');
  const rows = (await withStore(listAccounts)).map((row) => ({
    username: row.username,
    name: row.display_name,
    role: row.role,
    organisation: row.organisation,
    state: row.disabled_at !== null ? 'disabled' : row.locked_at !== null ? 'locked' : 'open',
    secondFactor: row.confirmed_at !== null,
    lastSignInAt: row.last_sign_in_at,
  }));
  const text = () => columns(rows.map((row) => [row.username, row.role, row.state, dayOf(row.lastSignInAt), row.name]));
  print(answer(json, rows, text));
}

async function unlock(username: string): Promise<void> {
  const { accountIdOf, unlockAccount } = await import('../accounts/accounts.ts');
  await withAccounts(async (context) =>
    unlockAccount(context, { accountId: await accountIdOf(context.store, username), by: null }),
  );
  print('The account can sign in again.');
}

async function reset(username: string, { secondFactor, json }: { secondFactor?: boolean } & Json): Promise<void> {
  const { accountIdOf } = await import('../accounts/accounts.ts');
  const { resetPassword } = await import('../accounts/passwords.ts');
  const { removeSecondFactor } = await import('../accounts/second-factor.ts');
  const password = await withAccounts(async (context) => {
    const step = { accountId: await accountIdOf(context.store, username), by: null };
    if (secondFactor) await removeSecondFactor(context, step);
    return resetPassword(context, step);
  });
  print(answer(json, { username, password }, () => onceText(username, password)));
}

async function disable(username: string): Promise<void> {
  const { accountIdOf, setDisabled } = await import('../accounts/accounts.ts');
  await withAccounts(async (context) => {
    await setDisabled(context, { accountId: await accountIdOf(context.store, username), by: null }, true);
  });
  print('The account cannot sign in any more.');
}

async function breakGlass({ json }: Json): Promise<void> {
  const { sealBreakGlass } = await import('../accounts/break-glass.ts');
  const sealed = await withAccounts(sealBreakGlass);
  const text = () =>
    `${onceText(sealed.username, sealed.password)}\nSeal it in an envelope. Whoever signs in with it raises a critical alert.`;
  print(answer(json, sealed, text));
}
