import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

/** Which state of the checkout was measured. */
export async function commitOf(): Promise<string> {
  const git = async (...args: string[]) => (await execute('git', args, { cwd: root })).stdout.trim();
  try {
    const changed = (await git('status', '--porcelain', '--', 'agent', 'collector', 'shared', 'test')) !== '';
    return `${await git('rev-parse', '--short=12', 'HEAD')}${changed ? ', with changes that are in no commit' : ''}`;
  } catch {
    return 'unknown';
  }
}
