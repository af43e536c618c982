import { execFile } from 'node:child_process';
import { type Look, lookFailed } from '../watchers/watcher.ts';

/**
 * Runs a system tool without a shell and in the C locale, so that its answer can be parsed anywhere.
 * @param okStatus exit statuses that count as an answer, for tools that say "nothing found" with one
 */
export function runTool(
  file: string,
  args: readonly string[],
  { timeoutMilliseconds = 10_000, okStatus = [0] }: { timeoutMilliseconds?: number; okStatus?: readonly number[] } = {},
): Promise<Look<string>> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMilliseconds,
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'utf8' as const,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C', LANG: 'C' },
    };
    execFile(file, args, options, (error, stdout) => {
      if (error && !(typeof error.code === 'number' && okStatus.includes(error.code))) resolve(lookFailed(error, file));
      else resolve({ ok: true, seen: stdout });
    });
  });
}
