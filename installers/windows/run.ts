import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortcullisError } from '#shared/errors.ts';

/** Debian's packages of the programs that build for Windows. */
const debianPackages: Readonly<Record<string, string>> = {
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
  'x86_64-w64-mingw32-windres': 'gcc-mingw-w64-x86-64',
  wixl: 'wixl',
  msiinfo: 'msitools',
  msibuild: 'msitools',
  osslsigncode: 'osslsigncode',
};

/**
 * Runs a program to its end. Any word on its standard error is a failure: wixl leaves out what it does not know and only
 * warns of it.
 * @returns its standard output
 * @throws PortcullisError `toolMissing` · `toolFailed`
 */
export function must(
  program: string,
  args: readonly string[],
  options: { cwd?: string; mayTalk?: boolean } = {},
): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd: options.cwd });
  const package_ = debianPackages[program] ?? program;
  if (error)
    throw new PortcullisError('toolMissing', `${program} cannot be run. Install it: apt-get install ${package_}`);
  const complains = !options.mayTalk && stderr.trim() !== '';
  if (status === 0 && !complains) return stdout;
  throw new PortcullisError('toolFailed', `${program} failed (${status}): ${stderr.trim().slice(-2000)}`);
}

/** Gone when it leaves its scope. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'portcullis-windows-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
