import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { errorMessage, PortcullisError, UsageError } from './errors.ts';

/** Exit statuses of every Portcullis command. */
export const exitStatus = { done: 0, foundOrRefused: 1, wrongUse: 2 } as const;

/**
 * The folder both programs keep their own folders in: PORTCULLIS_HOME, or on Windows `Portcullis` in the folder for data
 * of all users, or else `.portcullis` in the checkout.
 */
export function homeFolder(environment: Record<string, string | undefined>): string {
  const { PORTCULLIS_HOME: told, ProgramData: windows } = environment;
  const usual =
    windows === undefined ? fileURLToPath(new URL('../.portcullis', import.meta.url)) : `${windows}/Portcullis`;
  return resolve(told ?? usual);
}

/** @throws UsageError when PORTCULLIS_PORT is no port */
export function portNumber(environment: Record<string, string | undefined>): number {
  const port = Number(environment.PORTCULLIS_PORT ?? 8443);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('PORTCULLIS_PORT is a number from 0 to 65535.');
  return port;
}

/**
 * Runs a program's command line and turns what goes wrong into a plain sentence and an honest exit status.
 * @param define adds the commands; each action may set `process.exitCode`
 */
export async function runProgram(
  name: string,
  description: string,
  argv: string[],
  define: (program: Command) => void,
): Promise<void> {
  const program = new Command(name).description(description).exitOverride().showHelpAfterError();
  define(program);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = statusOf(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${sayingOf(error)}\n`);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.wrongUse;
  return error instanceof UsageError ? exitStatus.wrongUse : exitStatus.foundOrRefused;
}

/** Our own errors are sentences for people; anything else is a fault of the program, and its stack helps. */
function sayingOf(error: unknown): string {
  if (error instanceof PortcullisError) return error.message;
  return error instanceof Error && error.stack ? error.stack : errorMessage(error);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shows how far a long command is, on one line that each call replaces; only where a person is looking. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`);
}
