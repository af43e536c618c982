import { readdir, readFile, stat } from 'node:fs/promises';
import { PortcullisError } from '#shared/errors.ts';

const mostProcesses = 20_000;
/** Accounts from this number on belong to people; see useradd(8). */
const firstPerson = 1000;

/**
 * Which of the wanted names run as a service. Names are the kernel's short ones, cut to 15 characters. A process may
 * call itself what it likes, so one that belongs to a person's account does not count.
 * @throws when the processes of other accounts are hidden, because "not running" could then not be told
 */
export async function runningServices(wanted: ReadonlySet<string>, proc: string): Promise<Set<string>> {
  const numbers = (await readdir(proc)).filter((name) => /^\d+$/.test(name)).slice(0, mostProcesses);
  if (!numbers.includes('1') || (await nameOf(`${proc}/1`)) === undefined) {
    throw new PortcullisError('hidden', "Other accounts' processes cannot be seen.");
  }
  const found = new Set<string>();
  for (const number of numbers) {
    const name = await nameOf(`${proc}/${number}`);
    if (name !== undefined && wanted.has(name) && (await isOfSystem(`${proc}/${number}`))) found.add(name);
  }
  return found;
}

/** Undefined for a process that has ended meanwhile. */
async function nameOf(process: string): Promise<string | undefined> {
  return await readFile(`${process}/comm`, 'utf8').then(
    (text) => text.trimEnd(),
    () => undefined,
  );
}

async function isOfSystem(process: string): Promise<boolean> {
  return await stat(process).then(
    ({ uid }) => uid < firstPerson,
    () => false,
  );
}
